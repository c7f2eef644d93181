#include "nginx/shared/user_sessions.h"

#include "nginx/shared/session_zone.h"

#include <algorithm>

namespace auth {

namespace {

void tell_ended(audit_source from, const realm& owner,
                const session_identity& whose, std::string_view reason,
                std::uint32_t count)
{
    if (count != 0) {
        audit_event ended(audit_kind::session_ended, whose.name(), reason);
        ended.count = count;
        audit(from, owner, ended);
    }
}

/// Whether a comma-separated header can hold the role.
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
            continue; // it could be read as two roles, or end a header line
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
    who.remembered = false;
    who.check_due = false;
    return true;
}

session_user user_of(const session_identity& who)
{
    return {std::string(who.user_id()), std::string(who.name()), who.password,
            who.epoch};
}

void end_session(audit_source from, const realm& owner,
                 const session_digest& session, std::string_view reason)
{
    session_identity whose{};
    if (owner.sessions->remove(session, &whose)) {
        audit_event ended(audit_kind::session_ended, whose.name(), reason);
        ended.session = public_session_id(session);
        ended.count = 1;
        audit(from, owner, ended);
    }
}

void end_sessions(audit_source from, const realm& owner,
                  const session_identity& whose, std::string_view reason)
{
    tell_ended(from, owner, whose, reason,
               owner.sessions->remove_user(whose.user_id()));
}

void end_lower_epochs(audit_source from, const realm& owner,
                      const session_identity& whose, std::int64_t epoch,
                      std::string_view reason)
{
    tell_ended(from, owner, whose, reason,
               owner.sessions->raise_epoch(whose.user_id(), epoch));
}

void update_sessions(audit_source from, const realm& owner,
                     const session_identity& seen, const session_identity& now)
{
    if (owner.sessions->update_user(seen, now) == session_update::ended) {
        audit(from, owner,
              audit_event(audit_kind::session_ended, seen.name(),
                          now.password != seen.password
                              ? "the password was changed"
                              : "all were ended elsewhere"));
    }
}

} // namespace auth
