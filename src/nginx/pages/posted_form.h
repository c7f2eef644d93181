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

/// What a page does with a form that was posted to it.
class posted_form
{
public:
    virtual ~posted_form() = default;

    /// Takes the fields and returns the operation to run in threads. Null means
    /// that there is none, and that finish() comes next.
    virtual std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                             const form& fields) = 0;

    /// The answer, after the operation is over: done, ended by an exception, or
    /// turned away.
    virtual response finish(ngx_http_request_t* r) = 0;

    /// Called after finish(), when nginx has the answer, whether or not the
    /// client reads it. It is for work that must not show in the time of the
    /// answer.
    virtual void answered(ngx_http_request_t* /*r*/) {}

    /// Called instead of both if the client has left. It still logs what
    /// happened.
    virtual void abandoned(ngx_http_request_t* r) = 0;

protected:
    explicit posted_form(server_realm& here) : realm_(here), attempt_(here) {}

    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    server_realm& realm_; ///< of the page, for what derives from this
    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    attempt attempt_; ///< that the form makes
};

/// The submission of a page that takes forms. The request's pool owns it.
posted_form* make_login_form(ngx_http_request_t* r);
posted_form* make_registration_form(ngx_http_request_t* r);
posted_form* make_password_form(ngx_http_request_t* r);
posted_form* make_session_ending_form(ngx_http_request_t* r);
posted_form* make_logout_form(ngx_http_request_t* r);
/// The account page with the list of sessions, and the form that ends one.
posted_form* make_sessions_form(ngx_http_request_t* r);

/// A page as the answer to a GET, with the message that is shown once.
response page_with_flash(ngx_http_request_t* r, server_realm& here,
                         page_kind which, page_model& model);

/// The redirect to the login page, which says what has become of the form.
response log_in_first(ngx_http_request_t* r, const server_realm& here,
                      flash why);

/// The refusal of a form that is larger than 8 KiB.
response form_too_large(ngx_http_request_t* r, server_realm& here);

/// Takes a form whose method, origin, type and length have been accepted. Reads
/// its body, never into a file, and answers. Returns what a content handler
/// returns.
ngx_int_t receive_form(ngx_http_request_t* r);

/// Takes a form that has no fields, and whose body nobody reads. Answers, and
/// returns what a content handler returns.
ngx_int_t run_form(ngx_http_request_t* r, posted_form* submitted);

/// The answer if nothing was done, and the same form may work later.
constexpr std::string_view try_again_later =
    "The service is busy or cannot reach its data right now. Nothing was "
    "changed. Please try again in a moment.";

} // namespace auth
