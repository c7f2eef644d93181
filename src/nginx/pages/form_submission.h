#pragma once

#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/pages/attempt.h"
#include "nginx/request/response.h"
#include "nginx/request/session_cookie.h"

#include "account/operation.h"
#include "web/form.h"

#include <memory>

namespace auth {

/// What one page does with a form that was posted to it.
class form_submission
{
public:
    virtual ~form_submission() = default;

    /// Takes the fields and returns the account work to run in threads; null
    /// if there is none, and then finish() comes next.
    virtual std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                             const form& fields) = 0;

    /// The answer, once the work is over: done, cut short by an exception, or
    /// for want of a turn.
    virtual answer finish(ngx_http_request_t* r) = 0;

    /// After finish(), once the answer has been handed to nginx, whether or
    /// not the client reads it: for what must not show in the answer's time.
    virtual void answered(ngx_http_request_t* /*r*/) {}

    /// Instead of both: the client has left. What has happened is still told.
    virtual void abandoned(ngx_http_request_t* r) = 0;

protected:
    explicit form_submission(server_realm& of) : realm_(of), attempt_(of) {}

    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    server_realm& realm_; ///< of the page, for what derives from this
    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    attempt attempt_; ///< that the form makes
};

/// The submission for a page that takes forms; the request's pool owns it.
form_submission* make_login_submission(ngx_http_request_t* r);
form_submission* make_registration_submission(ngx_http_request_t* r);
form_submission* make_account_submission(ngx_http_request_t* r);
form_submission* make_session_ending_submission(ngx_http_request_t* r);

/// To the login page, which says what has become of the form.
answer log_in_first(ngx_http_request_t* r, const server_realm& of, flash why);

/// The refusal of a form that is larger than 8 KiB.
answer form_too_large(ngx_http_request_t* r, server_realm& of);

/// Takes a form whose method, origin, type and length have been accepted:
/// reads its body, never to a file, and answers. Returns what a content
/// handler returns.
ngx_int_t receive_form(ngx_http_request_t* r);

/// Nothing was done, and it may work later.
constexpr std::string_view try_again_later =
    "The service is busy or cannot reach its data right now. Nothing was "
    "changed. Please try again in a moment.";

} // namespace auth
