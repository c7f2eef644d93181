// POST /account with the field end_sessions: log out everywhere else.

#include "nginx/audit.h"
#include "nginx/pages/account_form.h"
#include "nginx/request/request_context.h"
#include "nginx/request/request_sessions.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/session_zone.h"

#include "account/session_ending.h"

namespace auth {

namespace {

constexpr std::string_view not_written_down =
    "Your other sessions on this server have ended. That could not be written "
    "down, though, because the service is busy or cannot reach its data right "
    "now, so those on other servers may go on. Please try again in a moment.";

constexpr std::string_view perhaps_not_ended =
    "The service is busy or cannot reach its data right now, so your other "
    "sessions may go on. Please try again in a moment.";

class session_ending_form final : public account_form
{
public:
    explicit session_ending_form(server_realm& here) : account_form(here) {}

    std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                     const form& fields) override;
    response finish(ngx_http_request_t* r) override;
    void abandoned(ngx_http_request_t* r) override;

private:
    void tell(ngx_http_request_t* r) const;
    response ended(ngx_http_request_t* r);
    response not_ended(ngx_http_request_t* r);
    bool end_others(ngx_http_request_t* r, std::int64_t epoch);

    const session_ending* work_ = nullptr; ///< request_operation owns it
};

std::unique_ptr<operation> session_ending_form::begin(ngx_http_request_t* r,
                                                      const form&)
{
    if (take_session(r) == nullptr) {
        return nullptr;
    }
    auto work = std::make_unique<session_ending>(
        *realm_.owner->users, user_of(who_), keep_session(r));
    work_ = work.get();
    return work;
}

response session_ending_form::finish(ngx_http_request_t* r)
{
    if (work_ == nullptr) {
        return no_session(r);
    }
    tell(r);
    switch (work_->result()) {
    case session_ending::outcome::ended:
        return ended(r);
    case session_ending::outcome::gone:
        return user_has_gone(r);
    case session_ending::outcome::overtaken:
        return overtaken(r, *work_);
    case session_ending::outcome::unavailable:
    case session_ending::outcome::unknown:
        break;
    }
    return not_ended(r);
}

response session_ending_form::ended(ngx_http_request_t* r)
{
    return done(r, end_others(r, work_->epoch()), flash::sessions_ended);
}

/// Does what can be done without the store. If it keeps sessions, it will tell
/// which of them live.
response session_ending_form::not_ended(ngx_http_request_t* r)
{
    if (realm_.owner->limits.is_cache) {
        drop_session(r, realm_, work_->session());
        if (work_->result() == session_ending::outcome::unknown) {
            realm_.owner->sessions->remove_user(who_.user_id());
            forget_session(r);
        }
        return unavailable(r, realm_, perhaps_not_ended);
    }
    const bool goes_on = end_others(r, who_.epoch);
    response later = unavailable(r, realm_, not_written_down);
    if (goes_on) {
        later.cookies.push_back(std::move(session_->cookie));
    }
    return later;
}

/// Ends the user's sessions in this nginx except this one, which goes on under
/// a new token. Returns false if it has ended in the meantime.
bool session_ending_form::end_others(ngx_http_request_t* r, std::int64_t epoch)
{
    const std::optional<session_identity> lives = still_in_session(r);
    session_identity who = lives.value_or(who_);
    who.epoch = epoch;
    if (lives) {
        realm_.owner->sessions->remove(shown_); // it is none of the others
    }
    audit_event ended(audit_kind::session_ended, who_.name(),
                      "by the user, from another session");
    ended.count =
        epoch > who_.epoch
            ? realm_.owner->sessions->raise_epoch(who_.user_id(), epoch)
            : realm_.owner->sessions->remove_user(who_.user_id());
    const bool goes_on = go_on(r, lives.has_value(), who, work_->session());
    if (goes_on) {
        ended.session = public_session_id(session_->digest);
    }
    if (ended.count != 0) {
        audit(r, *realm_.owner, ended);
    }
    forget_session(r);
    return goes_on;
}

void session_ending_form::tell(ngx_http_request_t* r) const
{
    audit_store(
        r, *realm_.owner,
        audit_event(audit_kind::store_error, who_.name(), work_->detail()),
        work_->result() == session_ending::outcome::unavailable ||
            work_->result() == session_ending::outcome::unknown);
}

/// The client has left. All sessions end all the same, also this one.
void session_ending_form::abandoned(ngx_http_request_t* r)
{
    tell(r);
    drop_session(r, realm_, work_->session());
    if (work_->result() == session_ending::outcome::ended) {
        end_lower_epochs(r, *realm_.owner, who_, work_->epoch(),
                         "by the user, from another session");
    } else if (work_->result() == session_ending::outcome::overtaken) {
        end_outdated_sessions(r, realm_, who_, *work_);
    }
}

} // namespace

posted_form* make_session_ending_form(ngx_http_request_t* r)
{
    return pool_new<session_ending_form>(r->pool,
                                         *location_conf_of(r).page_realm);
}

} // namespace auth
