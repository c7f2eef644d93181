#include "nginx/pages/account_form.h"

#include "nginx/request/login_needed.h"
#include "nginx/request/request_context.h"

namespace auth {

const request_session* account_form::take_session(ngx_http_request_t* r)
{
    const request_session* session = session_of(r, realm_);
    if (session != nullptr) {
        who_ = session->who;
    }
    return session;
}

response account_form::user_has_gone(ngx_http_request_t* r)
{
    end_sessions(r, *realm_.owner, who_, user_is_gone);
    forget_session(r);
    return redirect_to_login(r, realm_);
}

} // namespace auth
