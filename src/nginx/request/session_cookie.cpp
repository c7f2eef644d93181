#include "nginx/request/session_cookie.h"

#include "nginx/request/request_context.h"

#include "web/cookies.h"
#include "web/return_url.h"
#include "web/url_encoding.h"

namespace auth {

namespace {

/// How long a message lasts: long enough to follow a redirect, and not much
/// longer.
constexpr long flash_seconds = 60;

constexpr long device_seconds = 365L * 24 * 60 * 60;

struct flash_text {
    std::string_view code;
    std::string_view text;
};
// In the order of enum flash.
constexpr flash_text flash_texts[] = {
    {"registered", "Registration successful. Please log in."},
    {"password-changed", "Your password has been changed."},
    {"password-overtaken",
     "Your password has already been changed, so this form changed nothing. "
     "Please log in with the new one."},
    {"sessions-ended", "Your other sessions have been ended."},
    {"session-ended", "The session has been ended."},
    {"sessions-overtaken",
     "All your sessions have been ended, so this form changed nothing. Please "
     "log in again."},
    {"form-came-late",
     "Your session had ended before this form came, so the form changed "
     "nothing. If you have just changed your password, log in with the new "
     "one."},
    {"two-sessions", {}}, // two_sessions_text()
};

/// The text names the cookie, because the module cannot expire a cookie of
/// another domain or path.
std::string two_sessions_text(ngx_http_request_t* r, const server_realm& here)
{
    const std::string& name = here.owner->full_cookie_name(
        own_cookie::session, here.owner->secure_for(r->connection));
    return "Your browser has sent two cookies named " + name +
           ", of two accounts, so neither counts. Please log in again. If this "
           "message comes back, delete all cookies of that name in your "
           "browser first.";
}

set_cookie cookie_for(ngx_http_request_t* r, const server_realm& here,
                      own_cookie which, std::string_view value)
{
    set_cookie cookie;
    cookie.name = here.owner->plain_cookie_name(which);
    cookie.value = value;
    cookie.domain = here.owner->cookie_domain;
    cookie.secure = here.owner->secure_for(r->connection);
    cookie.strict = here.owner->cookie_strict;
    return cookie;
}

} // namespace

wiped_string session_cookie(ngx_http_request_t* r, const server_realm& here,
                            std::string_view token, bool remembered)
{
    set_cookie cookie = cookie_for(r, here, own_cookie::session, token);
    if (remembered) {
        cookie.max_age =
            static_cast<long>(here.owner->limits.remember_ms / 1000);
    }
    return format_set_cookie(cookie);
}

void expire_cookie(ngx_http_request_t* r, const server_realm& here,
                   own_cookie which, std::vector<wiped_string>& to)
{
    expire_twin(r, here, which, to);
    set_cookie cookie = cookie_for(r, here, which, "");
    cookie.max_age = 0;
    to.push_back(format_set_cookie(cookie));
}

void expire_twin(ngx_http_request_t* r, const server_realm& here,
                 own_cookie which, std::vector<wiped_string>& to)
{
    cookie_values sent = cookies_of(r, here, which);
    std::string_view value;
    if (here.owner->cookie_domain.empty() || !sent.next(value) ||
        !sent.next(value)) {
        return;
    }
    // By the name that a cookie of the domain has.
    set_cookie cookie = cookie_for(r, here, which, "");
    cookie.max_age = 0;
    cookie.host_only = true;
    to.push_back(format_set_cookie(cookie));
}

wiped_string device_cookie(ngx_http_request_t* r, const server_realm& here,
                           std::string_view value)
{
    set_cookie cookie = cookie_for(r, here, own_cookie::device, value);
    cookie.max_age = device_seconds;
    return format_set_cookie(cookie);
}

wiped_string flash_cookie(ngx_http_request_t* r, const server_realm& here,
                          flash message)
{
    set_cookie cookie =
        cookie_for(r, here, own_cookie::flash,
                   flash_texts[static_cast<std::size_t>(message)].code);
    cookie.max_age = flash_seconds;
    return format_set_cookie(cookie);
}

std::string flash_message(ngx_http_request_t* r, const server_realm& here)
{
    if (is_contested(r, here)) {
        return two_sessions_text(r, here);
    }
    cookie_values codes = cookies_of(r, here, own_cookie::flash);
    for (std::string_view code; codes.next(code);) {
        for (const flash_text& known : flash_texts) {
            if (code == known.code) {
                return known.text.empty() ? two_sessions_text(r, here)
                                          : std::string(known.text);
            }
        }
    }
    return {};
}

std::string followable(const server_realm& here, std::string_view next)
{
    return is_valid_return_url(next, here.no_return) ? std::string(next)
                                                     : std::string();
}

std::string login_address(const server_realm& here, std::string_view next)
{
    std::string address(view(here.url(page_kind::login)));
    if (is_valid_return_url(next, here.no_return)) {
        address.append("?next=").append(encode_query_value(next));
    } else if (is_too_long_return_url(next)) {
        address.append("?lost=1");
    }
    return address;
}

} // namespace auth
