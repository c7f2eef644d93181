// POST /account with a new password.

#include "nginx/audit.h"
#include "nginx/pages/account_form.h"
#include "nginx/request/request_context.h"
#include "nginx/request/request_sessions.h"
#include "nginx/request/session_cookie.h"

#include "account/password_change.h"

#include <array>

namespace auth {

namespace {

// Why sessions end.
constexpr std::string_view password_is_another = "the password was changed";
constexpr std::string_view password_may_be_another =
    "the password may have been changed";

class password_form final : public account_form
{
public:
    explicit password_form(server_realm& here) : account_form(here) {}

    std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                     const form& fields) override;
    response finish(ngx_http_request_t* r) override;
    void abandoned(ngx_http_request_t* r) override;

private:
    void settle();
    void tell(ngx_http_request_t* r) const;
    response changed(ngx_http_request_t* r,
                     const std::optional<session_identity>& lives);
    response show_again(ngx_http_request_t* r, std::string_view current_error,
                        std::string_view password_error);

    std::array<char, 12> session_id_{};
    const password_change* work_ = nullptr; ///< request_operation owns it
};

std::unique_ptr<operation> password_form::begin(ngx_http_request_t* r,
                                                const form& fields)
{
    const request_session* session = take_session(r);
    if (session == nullptr) {
        return nullptr;
    }
    session_id_ = public_session_id(session->digest);
    if (!attempt_.log_in(r, who_.name())) {
        return nullptr;
    }
    const realm& owner = *realm_.owner;
    auto work = std::make_unique<password_change>(
        *owner.users, owner.cost, owner.policy, user_of(who_),
        secret(fields.get("current_password")),
        secret(fields.get("new_password")), keep_session(r));
    work_ = work.get();
    return work;
}

/// The current password can be guessed here as at the login page.
void password_form::settle()
{
    switch (work_->result()) {
    case password_change::outcome::wrong_current:
        break; // stays counted
    case password_change::outcome::invalid:
    case password_change::outcome::changed:
        attempt_.succeed();
        break;
    default:
        attempt_.give_back();
    }
}

response password_form::finish(ngx_http_request_t* r)
{
    if (attempt_.refused()) {
        return attempt_.refusal(r);
    }
    if (work_ == nullptr) {
        return no_session(r);
    }
    // The session may have ended while passwords were hashed.
    const std::optional<session_identity> lives = still_in_session(r);
    tell(r);
    settle();
    switch (work_->result()) {
    case password_change::outcome::changed:
        return changed(r, lives);
    case password_change::outcome::wrong_current:
        return show_again(r, "This is not your current password.", {});
    case password_change::outcome::invalid:
        return show_again(r, {}, work_->new_password_error());
    case password_change::outcome::gone:
        return user_has_gone(r);
    case password_change::outcome::overtaken:
        return overtaken(r, *work_);
    case password_change::outcome::unknown:
        end_sessions(r, *realm_.owner, who_, password_may_be_another);
        return unavailable(r, realm_,
                           "The answer of the store was lost, so your "
                           "password may have been changed. Please log in "
                           "with the new one, or else with the old one.");
    case password_change::outcome::unavailable:
        break;
    }
    return unavailable(r, realm_, try_again_later);
}

/// Logs what went wrong, whether or not the client waits for the answer.
void password_form::tell(ngx_http_request_t* r) const
{
    const realm& owner = *realm_.owner;
    if (work_->result() == password_change::outcome::wrong_current) {
        audit_event failed(audit_kind::login_failed, who_.name(),
                           "wrong password on the account page");
        failed.session = session_id_;
        audit(r, owner, failed);
    }
    audit_store(
        r, owner,
        audit_event(audit_kind::store_error, who_.name(), work_->detail()),
        work_->store_failed());
}

/// If the password may have changed, the sessions made with the old one end,
/// also if the client does not wait for the answer.
void password_form::abandoned(ngx_http_request_t* r)
{
    settle();
    tell(r);
    drop_session(r, realm_, work_->session());
    if (work_->result() == password_change::outcome::changed) {
        end_lower_epochs(r, *realm_.owner, who_, work_->epoch(),
                         password_is_another);
        audit(r, *realm_.owner,
              audit_event(audit_kind::password_changed, who_.name()));
    } else if (work_->result() == password_change::outcome::unknown) {
        end_sessions(r, *realm_.owner, who_, password_may_be_another);
    } else if (work_->result() == password_change::outcome::overtaken) {
        end_outdated_sessions(r, realm_, who_, *work_);
    }
}

/// Everybody else who knew the old password is logged out, and so is a thief of
/// this session: it goes on under a new token.
response password_form::changed(ngx_http_request_t* r,
                                const std::optional<session_identity>& lives)
{
    audit_event new_password(audit_kind::password_changed, who_.name());
    session_identity who = lives.value_or(who_);
    who.password = work_->password_fingerprint();
    who.epoch = work_->epoch();
    end_lower_epochs(r, *realm_.owner, who, who.epoch, password_is_another);
    const bool goes_on = go_on(r, lives.has_value(), who, work_->session());
    if (goes_on) {
        new_password.session = public_session_id(session_->digest);
    }
    audit(r, *realm_.owner, new_password);
    forget_session(r);
    return done(r, goes_on, flash::password_changed);
}

response password_form::show_again(ngx_http_request_t* r,
                                   std::string_view current_error,
                                   std::string_view password_error)
{
    page_model model = model_for(r, realm_);
    model.current_error = current_error;
    model.password_error = password_error;
    return page_response(realm_, 422, page_kind::account, model);
}

} // namespace

posted_form* make_password_form(ngx_http_request_t* r)
{
    return pool_new<password_form>(r->pool, *location_conf_of(r).page_realm);
}

} // namespace auth
