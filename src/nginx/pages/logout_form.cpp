// Logging out: POST /logout, and a GET that follows a link there.

#include "nginx/audit.h"
#include "nginx/log.h"
#include "nginx/pages/posted_form.h"
#include "nginx/request/request_sessions.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/worker_services.h"

#include "account/session_removal.h"

#include <algorithm>
#include <vector>

namespace auth {

namespace {

constexpr std::string_view ended_here =
    "a session was ended on this nginx and could not be ended in the store: "
    "other nginx may let it go on, for session_stale at most while they cannot "
    "reach the store either";

class logout_form final : public posted_form
{
public:
    explicit logout_form(server_realm& here) : posted_form(here) {}

    std::unique_ptr<operation> begin(ngx_http_request_t* r,
                                     const form& fields) override;
    response finish(ngx_http_request_t* r) override;
    void abandoned(ngx_http_request_t* r) override { settle(r); }

private:
    std::vector<session_digest> to_end(ngx_http_request_t* r) const;
    void settle(ngx_http_request_t* r) const;

    std::vector<session_digest> digests_;
    const session_removal* work_ = nullptr; ///< request_operation owns it
};

/// The sessions that the store may have. Of others nobody needs to be told:
/// whoever was ever logged in could have it written down again and again.
std::vector<session_digest> logout_form::to_end(ngx_http_request_t* r) const
{
    const session_lookups& lookups = main_conf_of(r).services->lookups;
    session_zone& zone = *realm_.owner->sessions;
    std::vector<session_digest> digests = shown_digests(r, realm_);
    digests.erase(std::remove_if(digests.begin(), digests.end(),
                                 [&](const session_digest& digest) {
                                     return lookups.is_known_missing(digest) &&
                                            !zone.is_kept_ended(digest);
                                 }),
                  digests.end());
    return digests;
}

/// The sessions end in the zone at once, and no look-up brings them back. The
/// answer waits for the store, so that a logout outlives this nginx.
std::unique_ptr<operation> logout_form::begin(ngx_http_request_t* r,
                                              const form&)
{
    realm& owner = *realm_.owner;
    if (owner.limits.is_cache) {
        digests_ = to_end(r);
    }
    for (const session_digest& digest : digests_) {
        owner.sessions->keep_ended(digest, r->connection->log);
    }
    end_shown_sessions(r, realm_, audit_kind::logged_out);
    if (digests_.empty()) {
        return nullptr;
    }
    auto work =
        std::make_unique<session_removal>(*owner.session_records, digests_);
    work_ = work.get();
    return work;
}

response logout_form::finish(ngx_http_request_t* r)
{
    settle(r);
    response left =
        redirect(NGX_HTTP_SEE_OTHER, view(realm_.url(page_kind::home)));
    expire_cookie(r, realm_, own_cookie::session, left.cookies);
    return left;
}

/// What the store could not be told stays kept as ended: session_sync tries
/// again.
void logout_form::settle(ngx_http_request_t* r) const
{
    if (work_ == nullptr) {
        return;
    }
    const std::vector<session_digest>& left = work_->not_ended();
    for (const session_digest& digest : digests_) {
        if (std::find(left.begin(), left.end(), digest) == left.end()) {
            realm_.owner->sessions->forget_ended(digest);
        }
    }
    audit_store(r, *realm_.owner,
                audit_event(audit_kind::store_error, {}, work_->detail()),
                !left.empty());
    if (!left.empty()) {
        log_line(r->connection->log, NGX_LOG_WARN, *realm_.owner, ended_here);
    }
}

} // namespace

posted_form* make_logout_form(ngx_http_request_t* r)
{
    return pool_new<logout_form>(r->pool, *location_conf_of(r).page_realm);
}

} // namespace auth
