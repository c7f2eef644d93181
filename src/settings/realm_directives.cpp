#include "settings/realm_directives.h"

#include "base/quote.h"

#include <algorithm>

namespace auth {

namespace {

/// Surroundings of the defaults, which name no files and no variables.
class no_surroundings final : public surroundings
{
public:
    std::string full_path(std::string_view path, base_folder) const override
    {
        return std::string(path);
    }
    wiped_string file(std::string_view) const override { return {}; }
    wiped_string variable(std::string_view) const override { return {}; }
    void warn(const std::string&) const override {}
};

std::vector<realm_directive> collect()
{
    std::vector<realm_directive> all;
    for (const auto& part :
         {store_settings(), session_settings(), password_settings(),
          attempt_settings(), address_settings()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

void set_default(const realm_directive& known, realm_settings& to)
{
    std::vector<std::string_view> words{known.name};
    for (std::string_view rest = known.by_default; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        words.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (words.size() > 1) {
        known.read(directive(words, no_surroundings()), to);
    }
}

bool takes(arguments allowed, std::size_t count) noexcept
{
    switch (allowed) {
    case arguments::one:
        return count == 1;
    case arguments::one_or_two:
        return count == 1 || count == 2;
    case arguments::one_or_more:
        break;
    }
    return count >= 1;
}

} // namespace

realm_settings::realm_settings()
{
    for (const realm_directive& known : realm_directives()) {
        set_default(known, *this);
    }
}

const std::vector<realm_directive>& realm_directives()
{
    static const std::vector<realm_directive> all = collect();
    return all;
}

void read_directive(const directive& written, realm_settings& to)
{
    const auto& all = realm_directives();
    const auto known = std::find_if(all.begin(), all.end(),
                                    [&](const realm_directive& candidate) {
                                        return candidate.name == written.name();
                                    });
    if (known == all.end()) {
        throw setting_error("unknown directive " + in_quotes(written.name()));
    }
    if (!takes(known->takes, written.size() - 1)) {
        throw setting_error("invalid number of arguments in " +
                            in_quotes(written.name()) + " directive");
    }
    const bool first = to.written.emplace(written.name()).second;
    if (!first && !known->may_repeat) {
        throw setting_error(in_quotes(written.name()) +
                            " directive is duplicate");
    }
    known->read(written, to);
}

namespace {

void complete_session_store(realm_settings& all)
{
    const bool is_sqlite = all.store.what == store_uri::kind::sqlite;
    if (!all.is_written("session_store")) {
        all.limits.is_cache = is_sqlite;
    }
    if (!all.limits.is_cache && all.limits.remember_ms != 0) {
        throw setting_error(
            "\"session_remember\" needs \"session_store on\", so "
            "that sessions survive a restart",
            "session_remember");
    }
    if (all.limits.remember_ms != 0 &&
        all.limits.remember_ms < all.limits.lifetime_ms) {
        throw setting_error("\"session_remember\" is shorter than "
                            "\"session_lifetime\", raise it or turn it off",
                            "session_remember");
    }
    if (all.limits.is_cache && !is_sqlite && all.secrets.empty()) {
        throw setting_error(
            "\"session_store on\" needs a \"secret\", which all nginx on this "
            "store share, add one such as \"secret file:/etc/nginx/auth.key;\"",
            "session_store");
    }
}

} // namespace

void complete_settings(realm_settings& all)
{
    complete_session_store(all);
    for (const char* name : {"user_collection", "user_fields"}) {
        if (all.store.what == store_uri::kind::sqlite && all.is_written(name)) {
            throw setting_error(in_quotes(name) +
                                    " is for MongoDB: a SQLite file has the "
                                    "module's own table, remove the directive",
                                name);
        }
    }
    if (all.policy.min > all.policy.max) {
        throw setting_error(
            "\"password_policy\" has min over max, lower min or raise max",
            "password_policy");
    }
    if (!all.is_written("session_idle_timeout")) {
        all.limits.idle_ms =
            std::min(all.limits.idle_ms, all.limits.lifetime_ms);
    }
    if (all.limits.idle_ms > all.limits.lifetime_ms) {
        throw setting_error(
            "\"session_idle_timeout\" is longer than \"session_lifetime\" and "
            "would have no effect, lower it or raise the lifetime",
            "session_idle_timeout");
    }
}

} // namespace auth
