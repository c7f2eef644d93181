#pragma once

#include "account/password_policy.h"
#include "hash/password_hash.h"
#include "session/session_table.h"
#include "store/store_uri.h"
#include "throttle/attempt_limits.h"
#include "web/page_table.h"

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

enum class cookie_secure_mode { automatic, on, off };

/// What the directives of an `auth_realm` block say. docs/directives.md has
/// their meaning, and the files named *_settings.cpp have their defaults.
struct realm_settings {
    /// The defaults.
    realm_settings();

    std::set<std::string, std::less<>> written; ///< directives of the block

    store_uri store;
    user_schema schema;          ///< of MongoDB's users
    std::vector<secret> secrets; ///< as written; the first signs

    std::size_t zone_size = 0;
    session_limits limits{};    ///< is_cache: `session_store on`
    std::uint64_t stale_ms = 0; ///< how long to believe the zone alone
    bool ends_streams = true;   ///< `session_streams`
    std::string cookie_name;
    std::string cookie_domain; ///< empty: none
    bool cookie_strict = false;
    cookie_secure_mode cookie_secure = cookie_secure_mode::automatic;

    hash_cost cost;
    std::size_t concurrency = 0; ///< 0: one a processor
    std::size_t queue = 64;
    password_policy policy;
    std::set<std::string, std::less<>> reserved; ///< folded

    bool login_limited = true;
    bool registration_limited = true;
    attempt_limits attempts;
    std::size_t attempt_zone_size = 0;

    std::vector<std::string> origins;
    std::array<std::string, page_count> urls; ///< empty: not written
    std::string user_header_name;             ///< empty: off
    std::string roles_header_name;            ///< empty: off

    std::string templates; ///< a folder; empty: the built-in one
    std::string thread_pool;
    std::string audit_log_file; ///< as written; empty: off

    bool is_written(std::string_view name) const noexcept
    {
        return written.find(name) != written.end();
    }
};

} // namespace auth
