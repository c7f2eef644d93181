#pragma once

#include "nginx/configuration_error.h"
#include "nginx/ngx.h"

#include "hash/dummy_hash.h"
#include "metrics/service_counters.h"
#include "settings/realm_settings.h"
#include "throttle/device_token.h"
#include "web/pages.h"
#include "web/prepared_pages.h"

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

class attempt_zone;
class audit_file;
class session_zone;

/// An identity header: as it is sent, and folded for comparing
/// (header_names.h).
struct identity_header {
    ngx_str_t name = {};
    ngx_str_t lower_case = {};
    std::string folded;
    ngx_uint_t hash = 0;

    bool on() const noexcept { return name.len != 0; }
};

/// The cookies of a realm. The cookie of the session has the name that
/// `cookie_name` says, and each other cookie has that name with an ending. No
/// answer sets the pending cookie yet: its name is reserved for logins in two
/// steps.
enum class own_cookie { session, flash, device, pending };
constexpr std::string_view own_cookie_endings[] = {"", "_flash", "_device",
                                                   "_pending"};

/// An `auth_realm` block and what serves it. It is made while the configuration
/// is read, and destroyed with its cycle. Only `users`,
/// `session_records`, `sessions` and `attempts_made` change, each behind its
/// own lock, and `counters`, which needs none.
class realm : public realm_settings
{
public:
    ngx_str_t name = {};
    source_position position = {}; ///< of the block
    /// Of its directives.
    std::map<std::string, source_position, std::less<>> positions;

    std::vector<device_secret> device_secrets; ///< the first signs
    // From the first `secret`, else from the key beside a SQLite database. With
    // neither, the session zone's own key is used.
    std::vector<token_key>
        session_keys; ///< for tags of tokens; the first signs
    secret dummy_key; ///< for dummy_hashes
    /// Of the secrets, in their order (session/derived_key.h).
    std::vector<std::string> key_ids;

    identity_header user_header;
    identity_header roles_header;
    ngx_thread_pool_t* threads = nullptr;
    audit_file* audit_log = nullptr; ///< null: off

    std::unique_ptr<page_set> pages;
    std::vector<std::unique_ptr<prepared_pages>> prepared; ///< of its servers
    std::unique_ptr<user_store> users;
    /// Beside `users`; they share connections.
    std::shared_ptr<session_store> session_records; ///< null: not kept
    std::unique_ptr<dummy_hashes> dummies;          ///< in a worker
    session_zone* sessions = nullptr;
    service_counters* counters = nullptr;  ///< in the zone of sessions
    attempt_zone* attempts_made = nullptr; ///< null: nothing is limited
    /// Plain and Secure, by own_cookie.
    std::string full_cookie_names[2][std::size(own_cookie_endings)];

    /// The place of a directive of the block, or the place of the block if it
    /// does not have the directive.
    source_position position_of_directive(std::string_view name) const;

    /// A cookie's name without a prefix.
    const std::string& plain_cookie_name(own_cookie which) const noexcept
    {
        return full_cookie_name(which, false);
    }

    /// A cookie's name with its prefix, as the browser knows it.
    const std::string& full_cookie_name(own_cookie which,
                                        bool secure) const noexcept
    {
        return full_cookie_names[secure ? 1 : 0]
                                [static_cast<std::size_t>(which)];
    }

    /// Makes `users` and, with `session_store on`, `session_records`. It opens
    /// nothing.
    void make_stores();

    /// The hour for tokens: by the clock that all nginx on a store have, so
    /// that it does not matter if this machine's is wrong.
    token_hour present_hour() const noexcept;

    /// Whether the cookies of this connection are Secure.
    bool secure_for(const ngx_connection_t* c) const noexcept;
};

} // namespace auth
