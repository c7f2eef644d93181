#include "nginx/pages/attempt.h"

#include "nginx/audit.h"
#include "nginx/request/request_context.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/attempt_zone.h"

#include "account/username.h"
#include "throttle/address_prefix.h"

namespace auth {

namespace {

/// For the log: the limit that an attempt was over.
std::string_view describe(const attempt_verdict& verdict) noexcept
{
    if (verdict.what == attempt_verdict::outcome::table_full) {
        return "the attempt zone is full of counters in delay, raise "
               "attempt_zone";
    }
    switch (verdict.by) {
    case attempt_kind::user:
        return "too many for this user from this address";
    case attempt_kind::user_total:
        return "too many for this user from everywhere";
    case attempt_kind::address:
        return "too many from this address";
    case attempt_kind::network:
        return "too many from this /48 network";
    case attempt_kind::device:
        return "too many for this user from this browser";
    case attempt_kind::registration:
        return "too many registrations from this address";
    case attempt_kind::registration_network:
        return "too many registrations from this /48 network";
    }
    return "too many";
}

std::string in_words(std::uint32_t seconds)
{
    const bool minutes = seconds > 90;
    const std::uint32_t count = minutes ? (seconds + 59) / 60 : seconds;
    return std::to_string(count) + (minutes ? " minute" : " second") +
           (count == 1 ? "" : "s");
}

/// The device cookies that the browser has sent, as find_device() reads them.
device_cookies devices_of(ngx_http_request_t* r, const server_realm& here)
{
    device_cookies sent{here.owner->secure_for(r->connection), {}};
    cookie_values values = cookies_of(r, here, own_cookie::device);
    for (std::string_view value; values.next(value);) {
        sent.add(value);
    }
    return sent;
}

} // namespace

bool attempt::log_in(ngx_http_request_t* r, std::string_view username)
{
    const realm& owner = *realm_.owner;
    if (!owner.login_limited) {
        return true;
    }
    username_ = username;
    const std::string folded = fold_username(username);
    device_key device;
    // Without the limit for devices a known device would have no limit at all.
    const bool known = owner.attempts.login.device != 0 &&
                       find_device(owner.attempts_made->devices(), username_,
                                   devices_of(r, realm_), device);
    return settle(r, username,
                  owner.attempts_made->reserve(login_attempt{
                      folded, address_prefix(r->connection->sockaddr),
                      known ? &device : nullptr}));
}

bool attempt::register_as(ngx_http_request_t* r, std::string_view username)
{
    const realm& owner = *realm_.owner;
    return !owner.registration_limited ||
           settle(r, username,
                  owner.attempts_made->reserve(registration_attempt{
                      address_prefix(r->connection->sockaddr)}));
}

bool attempt::settle(ngx_http_request_t* r, std::string_view username,
                     const attempt_verdict& verdict)
{
    verdict_ = verdict;
    counted_ = !refused();
    if (!counted_) {
        audit_event throttled(audit_kind::throttled, username,
                              describe(verdict));
        throttled.typed = true;
        throttled.retry_after_s = verdict.retry_after_s;
        audit(r, *realm_.owner, throttled);
    }
    return counted_;
}

bool attempt::refused() const noexcept
{
    return verdict_.what != attempt_verdict::outcome::admitted;
}

response attempt::refusal(ngx_http_request_t* r) const
{
    response refused = auth::refusal(
        r, realm_, NGX_HTTP_TOO_MANY_REQUESTS, "Too many attempts",
        "There were too many attempts. Please wait " +
            in_words(verdict_.retry_after_s) + " and try again.");
    refused.retry_after_s = verdict_.retry_after_s;
    return refused;
}

void attempt::succeed() noexcept
{
    if (counted_) {
        counted_ = false;
        realm_.owner->attempts_made->succeed(verdict_.reservation);
    }
}

void attempt::give_back() noexcept
{
    if (counted_) {
        counted_ = false;
        realm_.owner->attempts_made->give_back(verdict_.reservation);
    }
}

wiped_string attempt::device_cookie(ngx_http_request_t* r) const
{
    device_token token;
    const std::string folded = fold_username(username_);
    const device_user user{username_, folded,
                           address_prefix(r->connection->sockaddr)};
    if (!realm_.owner->login_limited ||
        !renew_device(realm_.owner->attempts_made->devices(), user,
                      devices_of(r, realm_), token)) {
        return {};
    }
    return auth::device_cookie(r, realm_, token.view());
}

} // namespace auth
