#pragma once

// The cookies that answers set, and the addresses that go with them.

#include "nginx/configuration.h"
#include "nginx/ngx.h"

#include "base/wiped_string.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// The Set-Cookie for the token of a new session. A remembered one outlives the
/// browser.
wiped_string session_cookie(ngx_http_request_t* r, const server_realm& here,
                            std::string_view token, bool remembered);

/// Adds the Set-Cookies that make the browser forget a cookie of the module:
/// the cookie itself, and its twin.
void expire_cookie(ngx_http_request_t* r, const server_realm& here,
                   own_cookie which, std::vector<wiped_string>& to);

/// Adds the Set-Cookie that makes the browser forget a cookie's twin: a cookie
/// of the same name that was made when there was no cookie_domain. Adds nothing
/// if the cookie has not come twice.
void expire_twin(ngx_http_request_t* r, const server_realm& here,
                 own_cookie which, std::vector<wiped_string>& to);

/// The Set-Cookie for the users that have logged in with this browser
/// (device_token.h).
wiped_string device_cookie(ngx_http_request_t* r, const server_realm& here,
                           std::string_view value);

/// Messages that the next page shows once.
enum class flash {
    registered,
    password_changed,
    password_overtaken, ///< another form or program was faster
    sessions_ended,
    session_ended,      ///< one, from the list
    sessions_overtaken, ///< another form or program has ended them
    form_came_late,     ///< its session had ended
    two_sessions        ///< the request showed sessions of two users
};

/// The Set-Cookie for a message. Only its code goes to the browser.
wiped_string flash_cookie(ngx_http_request_t* r, const server_realm& here,
                          flash message);

/// The message at the top of a page: that the request shows sessions of two
/// users, else the message whose code the flash cookie has, else nothing.
std::string flash_message(ngx_http_request_t* r, const server_realm& here);

/// A `next` if it may be followed, else empty.
std::string followable(const server_realm& here, std::string_view next);

/// The address of the login page, with `next` if that may be followed. `lost=1`
/// says that the `next` was too long.
std::string login_address(const server_realm& here, std::string_view next);

} // namespace auth
