#include "nginx/request/request_sessions.h"

#include "nginx/audit.h"
#include "nginx/log.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/session_zone.h"

#include "base/wipe_guard.h"

#include <array>

namespace auth {

namespace {

std::string_view describe(session_insert result) noexcept
{
    switch (result) {
    case session_insert::full:
        return "the zone is full and none has expired, raise session_zone";
    case session_insert::identity_too_long:
        return "id, name or roles are too long for one";
    case session_insert::stale_epoch:
        return "the user's sessions were ended meanwhile";
    case session_insert::done:
        break;
    }
    return {};
}

} // namespace

std::optional<session_digest> start_session(ngx_http_request_t* r,
                                            server_realm& here,
                                            const session_identity& who,
                                            wiped_string& cookie)
{
    std::array<char, session_token_size> token;
    const wipe_guard guard(token.data(), token.size());
    if (!make_session_token(here.owner->sessions->key(), token)) {
        log_line(r->connection->log, NGX_LOG_CRIT, *here.owner,
                 "no session: the kernel gives no random bytes, or no memory");
        return std::nullopt;
    }
    const std::string_view text(token.data(), token.size());
    // Comes first, so that nothing has changed if there is no memory for it.
    cookie = session_cookie(r, here, text);
    // Comes now, so that the new session does not end another one by
    // session_limit.
    end_shown_sessions(r, here, audit_kind::session_ended,
                       "replaced by a new login");
    std::optional<session_digest> digest = digest_session_token(text);
    const session_insert inserted = here.owner->sessions->insert(
        *digest, who, here.owner->secure_for(r->connection));
    if (inserted != session_insert::done) {
        digest.reset();
        cookie.clear();
        audit(r, *here.owner,
              audit_event(audit_kind::no_session, who.name(),
                          describe(inserted)));
    }
    forget_session(r);
    return digest;
}

void end_shown_sessions(ngx_http_request_t* r, const server_realm& here,
                        audit_kind what, std::string_view reason)
{
    shown_sessions shown(r, here);
    session_digest digest;
    session_identity who;
    while (shown.next(digest, who)) {
        if (here.owner->sessions->remove(digest)) {
            audit_event ended(what, who.name(), reason);
            ended.session = public_session_id(digest);
            ended.count = what == audit_kind::session_ended ? 1 : 0;
            audit(r, *here.owner, ended);
        }
    }
    forget_session(r);
}

} // namespace auth
