#pragma once

// What happens to accounts, as the lines of an audit log.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

enum class audit_kind {
    registered,
    logged_in,
    login_failed,
    throttled,
    no_session, ///< the password was right, but the login was answered 503
    logged_out,
    session_ended,
    password_changed,
    rehashed,
    store_error,
    form_refused,
    form_by_http ///< refused: its page came by http, and cookies are Secure
};

/// An event. A field that is empty, or 0, is unknown or does not apply. It owns
/// nothing, and never holds a password, a token or a hash.
struct audit_event {
    explicit audit_event(audit_kind what, std::string_view whose = {},
                         std::string_view why = {}) noexcept
        : kind(what), user(whose), reason(why)
    {}

    audit_kind kind;
    std::string_view address;        ///< of the client
    std::array<char, 12> session{};  ///< public_session_id()
    std::string_view user;           ///< as stored, else as typed
    bool typed = false;              ///< perhaps nobody has this name
    std::uint32_t user_length = 0;   ///< the length of a typed name that may
                                     ///< be a password, instead of it
    std::uint32_t count = 0;         ///< sessions that ended
    std::uint32_t retry_after_s = 0; ///< when the next attempt is admitted
    std::string_view reason;
};

/// A time since 1970, UTC.
struct audit_time {
    std::int64_t seconds;
    unsigned milliseconds;
};

/// A JSON object and a line feed: ASCII, without control characters, at most 8
/// KiB. Fields come in a fixed order, and those that clients have typed come
/// last. So a pattern that is anchored at the start of the line cannot be
/// misled by them. Bytes that are not UTF-8 become U+FFFD. A name over 128
/// bytes is cut, and "user_cut" says so.
std::string audit_line(std::string_view realm, const audit_event& what,
                       audit_time when);

} // namespace auth
