#include "nginx/pages/account_form.h"

#include "nginx/request/login_needed.h"
#include "nginx/request/request_context.h"
#include "nginx/request/session_wait.h"
#include "nginx/shared/session_zone.h"

namespace auth {

const request_session* account_form::take_session(ngx_http_request_t* r)
{
    const request_session* session = session_of(r, realm_);
    if (session != nullptr) {
        who_ = session->who;
        shown_ = session->digest;
        endings_ = realm_.owner->sessions->endings();
    }
    return session;
}

std::optional<session_identity>
account_form::still_in_session(ngx_http_request_t* r)
{
    forget_session(r);
    if (const request_session* session = session_of(r, realm_)) {
        return session->who;
    }
    return realm_.owner->sessions->has_ended_since(endings_, shown_)
               ? std::nullopt
               : std::optional(who_);
}

/// The user's new epoch ends all sessions of the old one. To end this one by
/// itself, too, would look as if its user had logged out meanwhile, to whoever
/// reads that before the form is answered.
std::unique_ptr<session_keeping>
account_form::keep_session(ngx_http_request_t* r)
{
    session_ = make_token(
        r, realm_, who_.remembered && realm_.owner->limits.remember_ms != 0);
    return session_ ? keeping_of(r, realm_, *session_, {}) : nullptr;
}

bool account_form::go_on(ngx_http_request_t* r, bool lives,
                         const session_identity& who,
                         const session_keeping* kept)
{
    const bool is_kept = kept == nullptr || kept->kept();
    if (lives && session_ && is_kept &&
        start_session(r, realm_, who, *session_, kept)) {
        return true;
    }
    drop_session(r, realm_, kept);
    return false;
}

response account_form::done(ngx_http_request_t* r, bool goes_on, flash message)
{
    response to = redirect(
        NGX_HTTP_SEE_OTHER,
        view(realm_.url(goes_on ? page_kind::account : page_kind::login)));
    to.cookies.push_back(flash_cookie(r, realm_, message));
    if (goes_on && session_) {
        to.cookies.push_back(std::move(session_->cookie));
    }
    return to;
}

response account_form::no_session(ngx_http_request_t* r)
{
    return is_unanswered(r, realm_)
               ? invite(r, realm_, invitation::later)
               : log_in_first(r, realm_, flash::form_came_late);
}

response account_form::user_has_gone(ngx_http_request_t* r)
{
    end_sessions(r, *realm_.owner, who_, user_is_gone);
    forget_session(r);
    return redirect_to_login(r, realm_);
}

} // namespace auth
