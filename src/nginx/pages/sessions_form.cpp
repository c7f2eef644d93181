// The account page with the list of one's own sessions: a GET, and POST
// /account with the field end_session.

#include "nginx/audit.h"
#include "nginx/pages/account_form.h"
#include "nginx/request/login_needed.h"
#include "nginx/request/request_context.h"
#include "nginx/request/request_sessions.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/worker_services.h"

#include "account/own_sessions.h"
#include "base/utc_time.h"

#include <array>

namespace auth {

namespace {

constexpr std::string_view no_list =
    "The list of your sessions cannot be shown right now. Please try again in "
    "a moment.";

constexpr std::string_view no_such_session =
    "You have no such session: it may have ended already. Nothing was changed.";

constexpr std::string_view perhaps_goes_on =
    "That session has ended on this server. That could not be written down, "
    "though, because the service is busy or cannot reach its data right now, "
    "so it may go on at other servers for a while.";

std::string text_of(const std::array<char, 12>& id)
{
    return {id.data(), id.size()};
}

page_session shown(const stored_session& session, bool present,
                   std::int64_t now)
{
    page_session row;
    row.id = text_of(public_session_id(session.digest));
    row.since = utc_time(session.created / 1000);
    row.last_used = utc_time((present ? now : session.seen) / 1000);
    row.address = session.address;
    row.browser = session.browser;
    row.present = present;
    return row;
}

class sessions_form final : public account_form
{
public:
    explicit sessions_form(server_realm& here) : account_form(here) {}

    std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                     const form& fields) override;
    response finish(ngx_http_request_t* r) override;
    void abandoned(ngx_http_request_t* r) override { settle(r); }

private:
    void settle(ngx_http_request_t* r) const;
    void end_here(ngx_http_request_t* r) const;
    void fill(page_model& model, const session_digest& present) const;
    response show(ngx_http_request_t* r);
    response ended(ngx_http_request_t* r);

    bool ends_ = false;                  ///< one is to end
    const own_sessions* work_ = nullptr; ///< request_operation owns it
};

std::unique_ptr<operation> sessions_form::begin(ngx_http_request_t* r,
                                                const form& fields)
{
    ends_ = fields.has("end_session");
    const request_session* session = take_session(r);
    const realm& owner = *realm_.owner;
    if (session == nullptr || !owner.limits.is_cache) {
        return nullptr;
    }
    own_sessions::question asked;
    asked.user_id = std::string(who_.user_id());
    asked.realm = std::string(view(owner.name));
    asked.epoch = who_.epoch;
    asked.idle_ms = static_cast<std::int64_t>(owner.limits.idle_ms);
    asked.remember_ms = static_cast<std::int64_t>(owner.limits.remember_ms);
    asked.present = session->digest;
    if (ends_) {
        asked.ends = [id = std::string(fields.get("end_session"))](
                         const sha256_digest& digest) {
            return text_of(public_session_id(digest)) == id;
        };
    }
    auto work = std::make_unique<own_sessions>(*owner.session_records,
                                               std::move(asked));
    work_ = work.get();
    return work;
}

response sessions_form::finish(ngx_http_request_t* r)
{
    settle(r);
    forget_session(r); // it may have ended meanwhile
    const bool unread = work_ != nullptr &&
                        work_->result() == own_sessions::outcome::unavailable;
    if (ends_ && unread) {
        return unavailable(r, realm_, try_again_later);
    }
    if (work_ != nullptr &&
        work_->result() == own_sessions::outcome::not_ended) {
        return unavailable(r, realm_, perhaps_goes_on);
    }
    if (work_ != nullptr && work_->result() == own_sessions::outcome::ended) {
        return ended(r);
    }
    return show(r);
}

response sessions_form::show(ngx_http_request_t* r)
{
    const request_session* session = session_of(r, realm_);
    if (session == nullptr) {
        return ends_ ? no_session(r) : redirect_to_login(r, realm_);
    }
    page_model model = model_for(r, realm_);
    fill(model, session->digest);
    if (!ends_) {
        return page_with_flash(r, realm_, page_kind::account, model);
    }
    model.alert = no_such_session;
    return page_response(realm_, NGX_HTTP_NOT_FOUND, page_kind::account, model);
}

void sessions_form::fill(page_model& model, const session_digest& present) const
{
    model.lists_sessions = work_ != nullptr;
    if (work_ == nullptr) {
        return;
    }
    if (work_->result() == own_sessions::outcome::unavailable) {
        model.sessions_alert = no_list;
    }
    for (const stored_session& each : work_->sessions()) {
        model.sessions.push_back(
            shown(each, each.digest == present, work_->now()));
    }
}

response sessions_form::ended(ngx_http_request_t* r)
{
    const bool goes_on = session_of(r, realm_) != nullptr;
    response to = done(r, goes_on, flash::session_ended);
    if (!goes_on) {
        expire_cookie(r, realm_, own_cookie::session, to.cookies);
    }
    return to;
}

/// Does and logs what has to be done whether or not the client waits.
void sessions_form::settle(ngx_http_request_t* r) const
{
    if (work_ == nullptr) {
        return;
    }
    const bool is_over = work_->result() == own_sessions::outcome::ended;
    const bool listed = work_->result() == own_sessions::outcome::listed;
    audit_store(
        r, *realm_.owner,
        audit_event(audit_kind::store_error, who_.name(), work_->detail()),
        !is_over && !listed);
    if (work_->result() == own_sessions::outcome::not_ended) {
        realm_.owner->sessions->keep_ended(work_->digest(), r->connection->log);
    }
    if (!listed && work_->result() != own_sessions::outcome::unavailable) {
        end_here(r);
    }
}

void sessions_form::end_here(ngx_http_request_t* r) const
{
    realm_.owner->sessions->remove(work_->digest());
    audit_event ended(audit_kind::session_ended, who_.name(),
                      "by the user, from the list");
    ended.session = public_session_id(work_->digest());
    ended.count = 1;
    audit(r, *realm_.owner, ended);
}

} // namespace

posted_form* make_sessions_form(ngx_http_request_t* r)
{
    return pool_new<sessions_form>(r->pool, *location_conf_of(r).page_realm);
}

} // namespace auth
