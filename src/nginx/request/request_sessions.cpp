#include "nginx/request/request_sessions.h"

#include "nginx/audit.h"
#include "nginx/log.h"
#include "nginx/request/request_headers.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/end_in_store.h"
#include "nginx/threads/worker_services.h"

#include "base/machine_time.h"
#include "base/utf8.h"
#include "base/wipe_guard.h"

#include <array>
#include <utility>

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
    case session_insert::ended_meanwhile:
    case session_insert::done:
        break;
    }
    return {};
}

/// The User-Agent, cut to what is kept, as valid UTF-8.
std::string browser_of(ngx_http_request_t* r)
{
    std::string_view text = request_header(r, "User-Agent").value_or("");
    text = text.substr(0, stored_session::max_browser);
    while (!text.empty() && !is_utf8(text)) {
        text.remove_suffix(1);
    }
    return std::string(text);
}

/// A session that took so long to be made is left to a look-up: its user's
/// sessions may have been ended meanwhile, and whoever reads revocations
/// applies each for ten seconds.
constexpr std::int64_t longest_login_ms = 5000;

/// Ends in the zone what has ended in the store with a new session.
void end_as_store_did(ngx_http_request_t* r, const server_realm& here,
                      const session_keeping& kept)
{
    const realm& owner = *here.owner;
    for (const session_digest& digest : kept.displaced()) {
        owner.sessions->remove(digest);
    }
    for (const session_digest& digest : kept.not_ended()) {
        end_in_store(main_conf_of(r).services->operations, *here.owner, digest);
    }
}

} // namespace

std::optional<new_session> make_token(ngx_http_request_t* r,
                                      const server_realm& here, bool remembered)
{
    std::array<char, session_token_size> token;
    const wipe_guard guard(token.data(), token.size());
    const token_hour hour = here.owner->present_hour();
    if (!make_session_token(here.owner->sessions->key(), hour, token)) {
        log_line(r->connection->log, NGX_LOG_CRIT, *here.owner,
                 "no session: the kernel gives no random bytes, or no memory");
        return std::nullopt;
    }
    const std::string_view text(token.data(), token.size());
    return new_session{digest_session_token(text), remembered,
                       session_cookie(r, here, text, remembered),
                       steady_milliseconds()};
}

std::unique_ptr<session_keeping>
keeping_of(ngx_http_request_t* r, const server_realm& here,
           const new_session& session, std::vector<session_digest> replaced)
{
    const realm& owner = *here.owner;
    if (!owner.limits.is_cache) {
        return nullptr;
    }
    session_keeping::terms terms;
    terms.draft.digest = session.digest;
    terms.draft.realm = view(owner.name);
    terms.draft.secure = owner.secure_for(r->connection);
    terms.draft.address = view(r->connection->addr_text);
    terms.draft.browser = browser_of(r);
    terms.draft.remembered = session.remembered;
    terms.lifetime_ms = static_cast<std::int64_t>(
        session.remembered ? owner.limits.remember_ms
                           : owner.limits.lifetime_ms);
    terms.limit = owner.limits.per_user;
    terms.replaced = std::move(replaced);
    return std::make_unique<session_keeping>(*owner.session_records,
                                             std::move(terms));
}

bool start_session(ngx_http_request_t* r, server_realm& here,
                   const session_identity& who, const new_session& session,
                   const session_keeping* kept)
{
    // Comes now, so that the new session does not end another one by
    // session_limit.
    end_shown_sessions(r, here, audit_kind::session_ended,
                       "replaced by a new login");
    realm& owner = *here.owner;
    if (kept != nullptr) {
        end_as_store_did(r, here, *kept);
    }
    if (kept != nullptr &&
        steady_milliseconds() - session.begun > longest_login_ms) {
        forget_session(r);
        return true;
    }
    session_identity owned = who;
    owned.remembered = session.remembered;
    const session_insert inserted = owner.sessions->insert(
        session.digest, owned, owner.secure_for(r->connection));
    forget_session(r);
    if (inserted == session_insert::done) {
        return true;
    }
    audit(r, owner,
          audit_event(audit_kind::no_session, who.name(), describe(inserted)));
    return false;
}

void drop_session(ngx_http_request_t* r, const server_realm& here,
                  const session_keeping* kept)
{
    if (kept != nullptr && kept->may_be_kept()) {
        end_in_store(main_conf_of(r).services->operations, *here.owner,
                     kept->digest());
    }
}

std::vector<session_digest> shown_digests(ngx_http_request_t* r,
                                          const server_realm& here)
{
    std::vector<session_digest> digests;
    cookie_values tokens = cookies_of(r, here, own_cookie::session);
    std::string_view token;
    for (unsigned tried = 0; tried < most_cookies && tokens.next(token);) {
        if (token.size() == session_token_size) {
            ++tried;
            token_hour hour = 0;
            if (here.owner->sessions->verify(token, hour) !=
                token_verdict::forged) {
                digests.push_back(digest_session_token(token));
            }
        }
    }
    return digests;
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
    if (here.owner->limits.is_cache) {
        // Also those that the zone has and does not tell of, because it is
        // stale, and those that a look-up is about to bring.
        for (const session_digest& each : shown_digests(r, here)) {
            here.owner->sessions->remove(each);
        }
    }
    forget_session(r);
}

} // namespace auth
