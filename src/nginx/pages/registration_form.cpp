// POST /register.

#include "nginx/audit.h"
#include "nginx/pages/posted_form.h"
#include "nginx/request/session_cookie.h"

#include "account/registration.h"
#include "account/username.h"

namespace auth {

namespace {

class registration_form final : public posted_form
{
public:
    explicit registration_form(server_realm& here) : posted_form(here) {}

    std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                     const form& fields) override;
    response finish(ngx_http_request_t* r) override;
    void abandoned(ngx_http_request_t* r) override;

private:
    void settle();
    void tell(ngx_http_request_t* r) const;
    response registered(ngx_http_request_t* r);
    response show_again(ngx_http_request_t* r, ngx_uint_t status,
                        std::string_view username_error,
                        std::string_view password_error);

    std::string username_;
    std::string next_;
    const registration* work_ = nullptr; ///< request_operation owns it
};

std::unique_ptr<operation> registration_form::begin(ngx_http_request_t* r,
                                                    const form& fields)
{
    const realm& owner = *realm_.owner;
    username_ = without_outer_blanks(fields.get("username"));
    next_ = followable(realm_, fields.get("next"));
    if (!attempt_.register_as(r, username_)) {
        return nullptr;
    }
    const bool reserved = owner.reserved.count(fold_username(username_)) != 0;
    auto work = std::make_unique<registration>(
        *owner.users, owner.cost, owner.policy, reserved, username_,
        secret(fields.get("password")));
    work_ = work.get();
    return work;
}

/// A registration that shows whether a name is taken stays counted, however it
/// ends. The module answers at once if a name is taken. So a client that leaves
/// later, or is turned away before the hash, knows that the name is free. What
/// costs as much as a hash comes after that, so that it is always counted.
void registration_form::settle()
{
    if (!work_->has_looked_up()) {
        attempt_.give_back();
    }
}

/// What has come of it, whether or not anybody waits for the answer.
void registration_form::tell(ngx_http_request_t* r) const
{
    const realm& owner = *realm_.owner;
    const registration::outcome result = work_->result();
    if (result == registration::outcome::registered) {
        audit(r, owner,
              audit_event(audit_kind::registered, work_->user().username));
    }
    audit_event failure(audit_kind::store_error, username_, work_->detail());
    failure.typed = true;
    audit_store(r, owner, failure,
                result == registration::outcome::unavailable ||
                    result == registration::outcome::unknown);
}

void registration_form::abandoned(ngx_http_request_t* r)
{
    settle();
    tell(r);
}

response registration_form::finish(ngx_http_request_t* r)
{
    if (attempt_.refused()) {
        return attempt_.refusal(r);
    }
    settle();
    tell(r);
    switch (work_->result()) {
    case registration::outcome::registered:
        return registered(r);
    case registration::outcome::taken:
        return show_again(
            r, NGX_HTTP_CONFLICT,
            "Username already exists. Please choose a different one.", {});
    case registration::outcome::invalid:
        return show_again(r, 422, work_->username_error(),
                          work_->password_error());
    case registration::outcome::unknown:
        return unavailable(
            r, realm_,
            "The answer of the store was lost, so your account may have been "
            "made. Please try to log in first; if that fails, register "
            "again.");
    case registration::outcome::unavailable:
        break;
    }
    return unavailable(r, realm_, try_again_later);
}

response registration_form::registered(ngx_http_request_t* r)
{
    response done = redirect(NGX_HTTP_SEE_OTHER, login_address(realm_, next_));
    done.cookies.push_back(flash_cookie(r, realm_, flash::registered));
    return done;
}

response registration_form::show_again(ngx_http_request_t* r, ngx_uint_t status,
                                       std::string_view username_error,
                                       std::string_view password_error)
{
    page_model model = model_for(r, realm_);
    model.username = username_;
    model.next = next_;
    model.username_error = username_error;
    model.password_error = password_error;
    return page_response(realm_, status, page_kind::register_form, model);
}

} // namespace

posted_form* make_registration_form(ngx_http_request_t* r)
{
    return pool_new<registration_form>(r->pool,
                                       *location_conf_of(r).page_realm);
}

} // namespace auth
