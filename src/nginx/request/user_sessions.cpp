#include "nginx/request/user_sessions.h"

#include "nginx/log.h"
#include "nginx/request/request_context.h"
#include "nginx/request/session_cookie.h"
#include "nginx/shared/session_zone.h"

#include "base/wipe_guard.h"

#include <algorithm>

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

void tell_ended(audit_source from, const realm& of,
                const session_identity& whose, std::string_view reason,
                std::uint32_t count)
{
    if (count != 0) {
        audit_event ended(audit_kind::session_ended, whose.name(), reason);
        ended.count = count;
        audit(from, of, ended);
    }
}

/// Whether a role can stand in a comma-separated header.
bool is_header_safe(std::string_view role) noexcept
{
    return !role.empty() &&
           std::none_of(role.begin(), role.end(), [](unsigned char c) {
               return c < 0x20 || c == 0x7f || c == ',';
           });
}

} // namespace

bool make_identity(const user_facts& user, session_identity& who)
{
    std::string roles;
    for (const std::string& role : user.roles) {
        if (!is_header_safe(role)) {
            continue; // it could be read as two, or end a header line
        }
        roles.append(roles.empty() ? "" : ",").append(role);
    }
    if (user.id.size() > session_identity::max_id ||
        user.name.size() > session_identity::max_name ||
        roles.size() > session_identity::max_roles) {
        return false;
    }
    std::copy(user.id.begin(), user.id.end(), who.id_bytes);
    std::copy(user.name.begin(), user.name.end(), who.name_bytes);
    std::copy(roles.begin(), roles.end(), who.roles_bytes);
    who.id_size = static_cast<std::uint8_t>(user.id.size());
    who.name_size = static_cast<std::uint8_t>(user.name.size());
    who.roles_size = static_cast<std::uint8_t>(roles.size());
    who.password = user.password;
    who.epoch = user.epoch;
    who.check_due = false;
    return true;
}

session_user user_of(const session_identity& who)
{
    return {std::string(who.user_id()), std::string(who.name()), who.password,
            who.epoch};
}

std::optional<session_digest> start_session(ngx_http_request_t* r,
                                            server_realm& of,
                                            const session_identity& who,
                                            wiped_string& cookie)
{
    std::array<char, session_token_size> token;
    const wipe_guard guard(token.data(), token.size());
    if (!make_session_token(of.of->sessions->key(), token)) {
        log_line(r->connection->log, NGX_LOG_CRIT, *of.of,
                 "no session: the kernel gives no random bytes, or no memory");
        return std::nullopt;
    }
    const std::string_view text(token.data(), token.size());
    // First, so that nothing has changed when there is no memory for it.
    cookie = session_cookie(r, of, text);
    // Now, so that none takes another one's place under session_limit.
    end_shown_sessions(r, of, audit_kind::session_ended,
                       "replaced by a new login");
    std::optional<session_digest> digest = digest_session_token(text);
    const session_insert made =
        of.of->sessions->insert(*digest, who, of.of->secure_for(r->connection));
    if (made != session_insert::done) {
        digest.reset();
        cookie.clear();
        audit(r, *of.of,
              audit_event(audit_kind::no_session, who.name(), describe(made)));
    }
    forget_session(r);
    return digest;
}

void end_shown_sessions(ngx_http_request_t* r, const server_realm& of,
                        audit_kind what, std::string_view reason)
{
    shown_sessions shown(r, of);
    session_digest digest;
    session_identity who;
    while (shown.next(digest, who)) {
        if (of.of->sessions->remove(digest)) {
            audit_event ended(what, who.name(), reason);
            ended.session = public_session_id(digest);
            ended.count = what == audit_kind::session_ended ? 1 : 0;
            audit(r, *of.of, ended);
        }
    }
    forget_session(r);
}

void end_sessions(audit_source from, const realm& of,
                  const session_identity& whose, std::string_view reason)
{
    tell_ended(from, of, whose, reason,
               of.sessions->remove_user(whose.user_id()));
}

void end_lower_epochs(audit_source from, const realm& of,
                      const session_identity& whose, std::int64_t epoch,
                      std::string_view reason)
{
    tell_ended(from, of, whose, reason,
               of.sessions->raise_epoch(whose.user_id(), epoch));
}

void update_sessions(audit_source from, const realm& of,
                     const session_identity& seen, const session_identity& now)
{
    if (of.sessions->update_user(seen, now) == session_update::ended) {
        audit(from, of,
              audit_event(audit_kind::session_ended, seen.name(),
                          now.password != seen.password
                              ? "the password was changed"
                              : "all were ended elsewhere"));
    }
}

} // namespace auth
