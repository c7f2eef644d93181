#pragma once

// The cookies that answers set, and the addresses they go with.

#include "nginx/configuration.h"
#include "nginx/ngx.h"

#include "base/wiped_string.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Set-Cookie for a new session's token.
wiped_string session_cookie(ngx_http_request_t* r, const server_realm& here,
                            std::string_view token);

/// Adds the Set-Cookies that make the browser forget one of our cookies: as it
/// is set, and as its twin.
void expire_cookie(ngx_http_request_t* r, const server_realm& here,
                   own_cookie which, std::vector<wiped_string>& to);

/// Adds the Set-Cookie that makes the browser forget a cookie's twin: one of
/// the same name that it has sent as well, made when there was no
/// cookie_domain. Nothing if the cookie has not come twice.
void expire_twin(ngx_http_request_t* r, const server_realm& here,
                 own_cookie which, std::vector<wiped_string>& to);

/// Set-Cookie for the users that this browser has logged in as
/// (device_token.h).
wiped_string device_cookie(ngx_http_request_t* r, const server_realm& here,
                           std::string_view value);

/// Messages that the next page shows, once.
enum class flash {
    registered,
    password_changed,
    password_overtaken, ///< by another form, or elsewhere
    sessions_ended,
    sessions_overtaken, ///< all were ended by another one, or elsewhere
    form_came_late,     ///< when its session had ended
    two_sessions        ///< of two users were shown
};

/// Set-Cookie for a message: only its code goes to the browser.
wiped_string flash_cookie(ngx_http_request_t* r, const server_realm& here,
                          flash message);

/// What a page shows above all else: that the request shows sessions of two
/// users, else the message whose code a flash cookie holds, else nothing.
std::string flash_message(ngx_http_request_t* r, const server_realm& here);

/// A `next` if it may be followed, else empty.
std::string followable(const server_realm& here, std::string_view next);

/// The login page's address, with `next` if it is one that may be followed. Of
/// one that is too long it says that it is lost, by `lost=1`.
std::string login_address(const server_realm& here, std::string_view next);

} // namespace auth
