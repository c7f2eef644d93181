#include "admin/settings.h"

#include "admin/failure.h"
#include "admin/nginx_configuration.h"

#include "account/username.h"
#include "base/regular_file.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace auth {

namespace {

constexpr std::size_t largest_file = 64 * 1024;

/// Which folders relative paths belong to.
struct folders {
    std::filesystem::path configuration; ///< of file:PATH
    std::filesystem::path prefix;        ///< of sqlite:PATH
};

/// Refuses a directive.
using refusal = std::function<void(const std::string&)>;

bool take_prefix(std::string_view& text, std::string_view prefix)
{
    if (text.substr(0, prefix.size()) != prefix) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

std::string read_named_file(const std::filesystem::path& path,
                            const refusal& refuse_it)
{
    std::string text;
    if (const int error = read_regular_file(path, largest_file, text)) {
        refuse_it(explain_file_error(path, error, largest_file));
    }
    return text;
}

/// A store's URI as it is written, to the store itself.
store_uri resolve_store(std::string_view written, const folders& in,
                        const refusal& refuse_it)
{
    std::string fetched;
    std::string_view text = written;
    if (is_misplaced_uri(written)) {
        refuse_it(misplaced_uri_problem);
    }
    if (take_prefix(text, "env:")) {
        const char* value = std::getenv(std::string(text).c_str());
        if (value == nullptr || *value == '\0') {
            refuse_it("the store is in the environment variable \"" +
                      std::string(text) +
                      "\", which is not set here: set it, or use --store");
        } else {
            fetched = value;
        }
        text = uri_within(fetched);
    } else if (take_prefix(text, "file:")) {
        if (text.empty()) {
            refuse_it("\"file:\" needs a path");
        }
        fetched = read_named_file(in.configuration / text, refuse_it);
        text = uri_within(fetched);
    }

    std::string absolute;
    std::string_view path = text;
    if (take_prefix(path, "sqlite:") && !path.empty() && path[0] != '/') {
        absolute = "sqlite:" + (in.prefix / path).string();
        text = absolute;
    }
    store_uri parsed;
    std::string problem;
    if (!parse_store_uri(text, parsed, problem)) {
        refuse_it(problem);
    }
    if (!parsed.notice.empty()) {
        std::cerr << "ngx-auth-admin: " << parsed.notice << '\n';
    }
    return parsed;
}

bool read_number(std::string_view text, std::uint64_t& number)
{
    number = 0;
    if (text.empty() || text.size() > 10 ||
        text.find_first_not_of("0123456789") != text.npos) {
        return false;
    }
    for (char digit : text) {
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return true;
}

/// The arguments of one directive, `key=value` all of them.
class arguments
{
public:
    explicit arguments(const nginx_statement& of) : of_(of) {}

    /// A number, with nginx's units of size if `unit` is not 1.
    std::uint64_t number(std::string_view text, std::uint64_t unit,
                         std::uint64_t least, std::uint64_t most) const
    {
        std::string_view digits = text;
        std::uint64_t factor = 1;
        if (unit != 1 && !digits.empty()) {
            const char last = digits.back();
            factor = last == 'k' || last == 'K'   ? 1024
                     : last == 'm' || last == 'M' ? 1024 * 1024
                                                  : 1;
            digits.remove_suffix(factor == 1 ? 0 : 1);
        }
        std::uint64_t value = 0;
        if (!read_number(digits, value) || value * factor / unit < least ||
            value * factor / unit > most) {
            refuse_value(text);
        }
        return value * factor / unit;
    }

    [[noreturn]] void refuse_value(std::string_view text) const
    {
        refuse(of_, "invalid value \"" + std::string(text) + "\" in \"" +
                        of_.words.front() + "\"; see nginx -t");
    }

private:
    const nginx_statement& of_;
};

hash_cost read_cost(const nginx_statement& statement)
{
    const arguments in(statement);
    hash_cost cost;
    if (statement.words.size() < 2 || statement.words[1] != "argon2id") {
        refuse(statement, "\"password_hash\" must be \"argon2id …\"");
    }
    for (std::size_t i = 2; i < statement.words.size(); ++i) {
        std::string_view value = statement.words[i];
        if (take_prefix(value, "memory=")) {
            cost.memory_kib = static_cast<std::uint32_t>(
                in.number(value, 1024, 1, 1024 * 1024));
        } else if (take_prefix(value, "time=")) {
            cost.time = static_cast<std::uint32_t>(in.number(value, 1, 1, 16));
        } else if (take_prefix(value, "lanes=")) {
            cost.lanes = static_cast<std::uint32_t>(in.number(value, 1, 1, 16));
        } else {
            in.refuse_value(value);
        }
    }
    if (!cost.meets_floor() || !cost.within_cap()) {
        refuse(statement, "\"password_hash\" is out of range; see nginx -t");
    }
    return cost;
}

password_policy read_policy(const nginx_statement& statement)
{
    const arguments in(statement);
    password_policy policy;
    for (std::size_t i = 1; i < statement.words.size(); ++i) {
        std::string_view value = statement.words[i];
        if (take_prefix(value, "min=")) {
            policy.min = static_cast<unsigned>(in.number(value, 1, 1, 1024));
        } else if (take_prefix(value, "max=")) {
            policy.max = static_cast<unsigned>(in.number(value, 1, 1, 1024));
        } else if (take_prefix(value, "strength=")) {
            policy.strength = static_cast<unsigned>(in.number(value, 1, 0, 4));
        } else {
            in.refuse_value(value);
        }
    }
    return policy;
}

std::set<std::string, std::less<>>
read_reserved(const nginx_statement& statement, const folders& in)
{
    std::set<std::string, std::less<>> names;
    if (statement.words.size() == 2 && statement.words[1] == "off") {
        return names;
    }
    for (std::size_t i = 1; i < statement.words.size(); ++i) {
        std::string_view word = statement.words[i];
        if (!take_prefix(word, "file:")) {
            names.insert(fold_username(word));
            continue;
        }
        const std::string list =
            read_named_file(in.configuration / word, [&](const auto& problem) {
                refuse(statement, problem);
            });
        for (std::size_t at = 0; at < list.size();) {
            const std::size_t end =
                std::min(list.find_first_of(" \t\r\n", at), list.size());
            if (end != at) {
                names.insert(fold_username(list.substr(at, end - at)));
            }
            at = end + 1;
        }
    }
    return names;
}

/// Takes `user_collection` and `user_fields` if they are there.
void read_schema(const nginx_statement* collection,
                 const nginx_statement* fields, user_schema& to)
{
    std::string problem;
    if (collection != nullptr &&
        (collection->words.size() != 2 ||
         !set_user_collection(collection->words[1], to, problem))) {
        refuse(*collection, "\"user_collection\": " + problem);
    }
    if (fields != nullptr &&
        !set_user_fields({fields->words.begin() + 1, fields->words.end()}, to,
                         problem)) {
        refuse(*fields, "\"user_fields\": " + problem);
    }
}

const realm_block& choose(const std::vector<realm_block>& realms,
                          const command_line& asked)
{
    std::string names;
    for (const realm_block& one : realms) {
        if (one.name == asked.realm ||
            (asked.realm.empty() && realms.size() == 1)) {
            return one;
        }
        names += " " + one.name;
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

/// The directives of the block that matter here; nginx refuses a second one
/// of a name.
const nginx_statement* find(const realm_block& realm, const char* name)
{
    const nginx_statement* found = nullptr;
    for (const nginx_statement& one : realm.directives) {
        if (one.words.front() == name) {
            if (found != nullptr) {
                refuse(one, std::string("\"") + name + "\" is there twice");
            }
            found = &one;
        }
    }
    return found;
}

void apply(const realm_block& realm, const folders& in, bool other_store,
           settings& to)
{
    if (const auto* cost = find(realm, "password_hash")) {
        to.cost = read_cost(*cost);
    }
    if (const auto* policy = find(realm, "password_policy")) {
        to.policy = read_policy(*policy);
    }
    if (const auto* reserved = find(realm, "username_reserved")) {
        to.reserved = read_reserved(*reserved, in);
    }
    read_schema(find(realm, "user_collection"), find(realm, "user_fields"),
                to.schema);
    if (other_store) {
        return;
    }
    const nginx_statement* store = find(realm, "store");
    if (store == nullptr || store->words.size() != 2) {
        refuse(realm.start,
               "auth_realm \"" + realm.name + "\" has no \"store URI;\"");
    }
    to.store = resolve_store(store->words[1], in, [&](const auto& problem) {
        refuse(*store, problem);
    });
}

} // namespace

settings read_settings(const command_line& asked)
{
    settings made;
    if (!asked.config.empty()) {
        const auto realms = read_realm_blocks(asked.config);
        const folders in{std::filesystem::absolute(asked.config).parent_path(),
                         std::filesystem::absolute(asked.prefix)};
        apply(choose(realms, asked), in, !asked.store.empty(), made);
    }
    if (!asked.store.empty()) {
        // A folder that is gone has no path; an absolute one needs none.
        std::error_code gone;
        const auto here = std::filesystem::current_path(gone);
        made.store =
            resolve_store(asked.store, {here, here}, [](const auto& problem) {
                throw failure(exit_code::usage, "--store: " + problem);
            });
    }
    return made;
}

} // namespace auth
