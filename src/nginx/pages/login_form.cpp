// POST /login.

#include "nginx/audit.h"
#include "nginx/pages/posted_form.h"
#include "nginx/request/request_sessions.h"
#include "nginx/request/session_cookie.h"

#include "account/login.h"
#include "account/username.h"

namespace auth {

namespace {

class login_form final : public posted_form
{
public:
    explicit login_form(server_realm& here) : posted_form(here) {}

    std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                     const form& fields) override;
    response finish(ngx_http_request_t* r) override;
    void answered(ngx_http_request_t* r) override;
    void abandoned(ngx_http_request_t* r) override;

private:
    void tell(ngx_http_request_t* r) const;
    response accept(ngx_http_request_t* r);
    response refuse(ngx_http_request_t* r);

    std::string username_;
    std::string next_;
    bool remember_ = false;
    std::optional<new_session> session_; ///< for who is let in
    const login* work_ = nullptr;        ///< request_operation owns it
};

std::unique_ptr<operation> login_form::begin(ngx_http_request_t* r,
                                             const form& fields)
{
    const realm& owner = *realm_.owner;
    username_ = without_outer_blanks(fields.get("username"));
    next_ = followable(realm_, fields.get("next"));
    if (!attempt_.log_in(r, username_)) {
        return nullptr;
    }
    remember_ = owner.limits.remember_ms != 0 && fields.get("remember") == "1";
    session_ = make_token(r, realm_, remember_);
    if (!session_) {
        return nullptr;
    }
    auto work = std::make_unique<login>(
        *owner.users, *owner.dummies, owner.cost, username_,
        secret(fields.get("password")),
        keeping_of(r, realm_, *session_, shown_digests(r, realm_)));
    work_ = work.get();
    return work;
}

/// Also for a right password with which the user may not log in any more.
constexpr std::string_view no_session =
    "You could not be logged in right now. Please try again in a moment.";

constexpr std::string_view too_long =
    "Nobody can log in to this account, because its roles or its name "
    "are too long. Please tell the people who run this site.";

response login_form::finish(ngx_http_request_t* r)
{
    if (attempt_.refused()) {
        return attempt_.refusal(r);
    }
    if (work_ == nullptr) {
        attempt_.give_back();
        return unavailable(r, realm_, no_session);
    }
    switch (work_->result()) {
    case login::outcome::accepted:
        return accept(r);
    case login::outcome::refused:
        return refuse(r);
    case login::outcome::overtaken:
        attempt_.give_back();
        return unavailable(r, realm_, no_session);
    case login::outcome::unavailable:
        break;
    }
    drop_session(r, realm_, work_->session());
    attempt_.give_back();
    return unavailable(r, realm_, try_again_later);
}

/// The time of the answer must not show why a login fails, so this is logged
/// after the answer is out.
void login_form::answered(ngx_http_request_t* r)
{
    if (work_ != nullptr) {
        tell(r);
    }
}

/// What has come of it, whether or not anybody waits for the answer.
void login_form::tell(ngx_http_request_t* r) const
{
    const realm& owner = *realm_.owner;
    const auto about = [&](audit_kind what, std::string_view reason) {
        audit_event event(what, username_, reason);
        event.typed = !work_->is_a_users_name();
        return event;
    };
    audit_store(r, owner, about(audit_kind::store_error, work_->detail()),
                work_->store_failed());
    if (work_->rehashed()) {
        audit(r, owner,
              audit_event(audit_kind::rehashed, work_->user().username));
    }
    if (work_->result() == login::outcome::refused) {
        audit(r, owner, about(audit_kind::login_failed, work_->refusal()));
    }
}

void login_form::abandoned(ngx_http_request_t* r)
{
    tell(r);
    drop_session(r, realm_, work_->session());
    // A wrong password stays counted. Otherwise a client that does not wait for
    // the answer could guess for ever.
    if (work_->result() != login::outcome::refused) {
        attempt_.give_back();
    }
}

response login_form::accept(ngx_http_request_t* r)
{
    const stored_user& user = work_->user();
    const user_facts facts{user.id, user.username, user.roles,
                           work_->password_fingerprint(), user.epoch};
    // Everything that needs memory comes first, so that there is no session
    // without a cookie.
    response accepted =
        redirect(NGX_HTTP_SEE_OTHER,
                 next_.empty() ? view(realm_.url(page_kind::dashboard))
                               : std::string_view(next_));
    accepted.cookies.reserve(4);
    expire_twin(r, realm_, own_cookie::session, accepted.cookies);
    wiped_string device = attempt_.device_cookie(r);
    if (!device.empty()) {
        expire_twin(r, realm_, own_cookie::device, accepted.cookies);
    }
    session_identity who;
    std::string_view why = no_session;
    if (!make_identity(facts, who)) {
        why = too_long;
        audit(r, *realm_.owner,
              audit_event(audit_kind::no_session, user.username,
                          "id, name or roles are too long for one"));
    } else if (start_session(r, realm_, who, *session_, work_->session())) {
        audit_event arrived(audit_kind::logged_in, user.username);
        arrived.session = public_session_id(session_->digest);
        audit(r, *realm_.owner, arrived);
        attempt_.succeed();
        accepted.cookies.push_back(std::move(session_->cookie));
        if (!device.empty()) {
            accepted.cookies.push_back(std::move(device));
        }
        return accepted;
    }
    drop_session(r, realm_, work_->session());
    attempt_.give_back();
    return unavailable(r, realm_, why);
}

response login_form::refuse(ngx_http_request_t* r)
{
    page_model model = model_for(r, realm_);
    model.username = username_;
    model.next = next_;
    model.remembered = remember_;
    model.alert = "Invalid username or password. Please try again.";
    response refused =
        page_response(realm_, NGX_HTTP_UNAUTHORIZED, page_kind::login, model);
    refused.challenge = realm_.challenge_for(r->connection);
    return refused;
}

} // namespace

posted_form* make_login_form(ngx_http_request_t* r)
{
    return pool_new<login_form>(r->pool, *location_conf_of(r).page_realm);
}

} // namespace auth
