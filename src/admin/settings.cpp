#include "admin/settings.h"

#include "admin/failure.h"
#include "admin/nginx_configuration.h"

#include "base/quote.h"
#include "base/regular_file.h"
#include "settings/realm_directives.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace auth {

namespace {

/// What directives mean on the command line of an operator.
class tool_surroundings final : public surroundings
{
public:
    tool_surroundings(std::filesystem::path configuration,
                      std::filesystem::path prefix)
        : configuration_(std::move(configuration)), prefix_(std::move(prefix))
    {}

    std::string full_path(std::string_view path,
                          base_folder base) const override
    {
        const bool is_prefix = base == base_folder::prefix;
        return ((is_prefix ? prefix_ : configuration_) / path).string();
    }

    wiped_string file(std::string_view path) const override
    {
        if (path.empty()) {
            throw setting_error("\"file:\" needs a path");
        }
        const std::string full = full_path(path, base_folder::configuration);
        wiped_string text;
        if (const int error =
                read_regular_file(full, largest_setting_file, text)) {
            throw setting_error(
                explain_file_error(full, error, largest_setting_file));
        }
        text.erase(text.find_last_not_of("\r\n") + 1);
        return text;
    }

    wiped_string variable(std::string_view name) const override
    {
        const char* value = std::getenv(std::string(name).c_str());
        if (value == nullptr || *value == '\0') {
            throw setting_error("the store is in the environment variable " +
                                in_quotes(name) +
                                ", which is not set here: set it, or use "
                                "--store");
        }
        return value;
    }

    void warn(const std::string& text) const override
    {
        std::cerr << "ngx-auth-admin: " << text << '\n';
    }

private:
    std::filesystem::path configuration_;
    std::filesystem::path prefix_;
};

/// The directives that matter here.
constexpr std::string_view read_here[] = {
    "store",         "user_collection", "user_fields",
    "password_hash", "password_policy", "username_reserved"};

bool is_read_here(std::string_view name)
{
    return std::find(std::begin(read_here), std::end(read_here), name) !=
           std::end(read_here);
}

const realm_block& choose(const std::vector<realm_block>& realms,
                          const command_line& asked)
{
    std::string names;
    for (const realm_block& realm : realms) {
        if (realm.name == asked.realm ||
            (asked.realm.empty() && realms.size() == 1)) {
            return realm;
        }
        names += " " + realm.name;
    }
    if (realms.empty()) {
        throw failure(exit_code::failed,
                      asked.config + ": there is no auth_realm in it");
    }
    throw failure(exit_code::usage,
                  asked.realm.empty()
                      ? asked.config +
                            " has several realms: choose by --realm one of" +
                            names
                      : asked.config + " has no realm \"" + asked.realm +
                            "\", only" + names);
}

void read_block(const realm_block& realm, const surroundings& in,
                bool other_store, realm_settings& to)
{
    for (const nginx_statement& statement : realm.directives) {
        const std::string& name = statement.words.front();
        if (!is_read_here(name) || (other_store && name == "store")) {
            continue;
        }
        try {
            read_directive(
                directive({statement.words.begin(), statement.words.end()}, in),
                to);
        } catch (const setting_error& error) {
            refuse(statement, error.what());
        }
    }
    if (!other_store && !to.is_written("store")) {
        refuse(realm.start,
               "auth_realm \"" + realm.name + "\" has no \"store URI;\"");
    }
}

/// The store that --store names.
store_uri read_option(const std::string& store)
{
    // A folder that is gone has no path; an absolute one needs none.
    std::error_code gone;
    const auto here = std::filesystem::current_path(gone);
    const tool_surroundings around(here, here);
    try {
        return read_store_uri(
            fetch_store_uri(directive({"store", store}, around), ""), around,
            "");
    } catch (const setting_error& error) {
        throw failure(exit_code::usage,
                      std::string("--store: ") + error.what());
    }
}

} // namespace

realm_settings read_settings(const command_line& asked)
{
    realm_settings read;
    if (!asked.config.empty()) {
        const auto realms = read_realm_blocks(asked.config);
        const tool_surroundings around(
            std::filesystem::absolute(asked.config).parent_path(),
            std::filesystem::absolute(asked.prefix));
        read_block(choose(realms, asked), around, !asked.store.empty(), read);
    }
    if (!asked.store.empty()) {
        read.store = read_option(asked.store);
    }
    return read;
}

} // namespace auth
