#pragma once

#include "nginx/configuration_error.h"
#include "nginx/ngx.h"

#include "account/password_policy.h"
#include "account/username.h"
#include "hash/dummy_hash.h"
#include "hash/password_hash.h"
#include "session/session_table.h"
#include "store/store_uri.h"
#include "throttle/attempt_limits.h"
#include "throttle/device_token.h"
#include "web/pages.h"

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

class attempt_zone;
class audit_file;
class session_zone;

enum class cookie_secure_mode { automatic, on, off };

/// An identity header: as it is sent, and folded for comparing
/// (header_names.h).
struct identity_header {
    ngx_str_t name = {};
    ngx_str_t lower_case = {};
    std::string folded;
    ngx_uint_t hash = 0;

    bool on() const noexcept { return name.len != 0; }
};

/// The cookies of a realm. The session's has the name that `cookie_name`
/// says, the others that name with an ending of their own. No answer sets the
/// pending one yet: its name is kept for logins that take two steps.
enum class own_cookie { session, flash, device, pending };
constexpr std::string_view own_cookie_endings[] = {"", "_flash", "_device",
                                                   "_pending"};

/// One `auth_realm` block and what serves it. Made while the configuration is
/// read, destroyed with its cycle; only `users`, `sessions` and
/// `attempts_made` change, each behind its own lock.
class realm
{
public:
    ngx_str_t name = {};
    source_position position = {}; ///< of the block
    std::map<std::string, source_position, std::less<>> written; ///< directives

    bool has_store = false;
    store_uri store;
    user_schema schema; ///< of MongoDB's users
    std::string templates;
    std::size_t zone_size = 10 * 1024 * 1024;
    session_limits limits{30 * 60 * 1000, 12 * 60 * 60 * 1000, 20, 30 * 1000};

    std::string cookie_name = "ngx_auth";
    std::string cookie_domain;
    bool cookie_strict = false;
    cookie_secure_mode cookie_secure = cookie_secure_mode::automatic;

    hash_cost cost;
    ngx_uint_t concurrency = 0; ///< 0: one a processor
    ngx_uint_t queue = 64;
    password_policy policy;
    std::set<std::string, std::less<>> reserved{
        std::begin(default_reserved_usernames),
        std::end(default_reserved_usernames)};

    bool login_limited = true;
    bool registration_limited = true;
    attempt_limits attempts;
    std::size_t attempt_zone_size = 1024 * 1024;
    std::vector<device_secret> device_secrets; ///< the first signs
    // From the first `secret`; without one from the session zone's own key.
    std::optional<token_key> session_key; ///< for tags of tokens
    secret dummy_key;                     ///< for dummy_hashes

    std::vector<std::string> origins;
    ngx_str_t urls[page_count] = {}; ///< of pages; empty: not written
    identity_header user_header;
    identity_header roles_header;
    ngx_thread_pool_t* threads = nullptr;
    audit_file* audit_log = nullptr; ///< null: off

    std::unique_ptr<page_set> pages;
    std::unique_ptr<user_store> users;
    std::unique_ptr<dummy_hashes> dummies; ///< in a worker
    session_zone* sessions = nullptr;
    attempt_zone* attempts_made = nullptr; ///< null: nothing is limited
    /// Plain and Secure, by own_cookie.
    std::string full_cookie_names[2][std::size(own_cookie_endings)];

    /// Where a directive of the block stands; the block's end if it does not.
    source_position position_of_directive(std::string_view name) const;

    /// A cookie's name without a prefix.
    const std::string& plain_cookie_name(own_cookie which) const noexcept
    {
        return full_cookie_name(which, false);
    }

    /// A cookie's name as the browser knows it.
    const std::string& full_cookie_name(own_cookie which,
                                        bool secure) const noexcept
    {
        return full_cookie_names[secure ? 1 : 0]
                                [static_cast<std::size_t>(which)];
    }

    /// Whether a browser's cookies of this connection are Secure ones.
    bool secure_for(const ngx_connection_t* c) const noexcept;
};

} // namespace auth
