#include "nginx/threads/session_check.h"

#include "nginx/audit.h"
#include "nginx/shared/session_zone.h"
#include "nginx/shared/user_sessions.h"
#include "nginx/threads/scheduler.h"

#include "account/user_check.h"

#include <memory>
#include <utility>
#include <vector>

namespace auth {

namespace {

/// The session that was shown is the first, and the others have their turn with
/// it, so that they cost no query of their own.
user_check::kept_sessions sessions_to_check(realm& where,
                                            const session_identity& who,
                                            const session_digest& shown)
{
    if (!where.limits.is_cache) {
        return {};
    }
    std::vector<session_digest> digests =
        where.sessions->take_due(who.user_id());
    digests.insert(digests.begin(), shown);
    return {where.session_records.get(), std::move(digests)};
}

class comparison final : public background_work
{
public:
    comparison(realm& where, const session_identity& who,
               const session_digest& shown)
        : realm_(where), who_(who),
          check_(*where.users, std::string(who.user_id()),
                 std::string(who.name()), sessions_to_check(where, who, shown))
    {}
    comparison(const comparison&) = delete;
    comparison& operator=(const comparison&) = delete;
    ~comparison() override
    {
        if (!is_made_) { // there was no thread, or no place in the queue
            realm_.sessions->forget_check(who_.user_id(), check_.sessions());
        }
    }

    void run() override { check_.run(); }

    void finished(bool threw) noexcept override
    {
        is_made_ = !threw;
        guarded(ngx_cycle->log, false, [&] {
            tell();
            if (!threw) {
                settle();
            }
            return true;
        });
    }

private:
    void tell() const;
    void settle() const;
    void update() const;

    realm& realm_;
    session_identity who_;
    user_check check_;
    bool is_made_ = false;
};

/// Logs what the store has said.
void comparison::tell() const
{
    audit_store(
        ngx_cycle->log, realm_,
        audit_event(audit_kind::store_error, who_.name(), check_.detail()),
        check_.result() == user_check::outcome::unavailable);
}

void comparison::settle() const
{
    switch (check_.result()) {
    case user_check::outcome::same:
        for (const session_digest& digest : check_.missing()) {
            end_session(ngx_cycle->log, realm_, digest,
                        "its record in the store is gone");
        }
        update();
        break;
    case user_check::outcome::gone:
        end_sessions(ngx_cycle->log, realm_, who_, check_.why_gone());
        break;
    case user_check::outcome::unavailable:
        break;
    }
}

void comparison::update() const
{
    const user_facts facts{who_.user_id(), who_.name(), check_.roles(),
                           check_.password_fingerprint(), check_.epoch()};
    session_identity now;
    if (make_identity(facts, now)) {
        update_sessions(ngx_cycle->log, realm_, who_, now);
    } else {
        end_sessions(ngx_cycle->log, realm_, who_,
                     "the roles have become too long for a session");
    }
}

} // namespace

void check_session(scheduler& by, realm& where, const session_identity& who,
                   const session_digest& shown) noexcept
{
    guarded(ngx_cycle->log, false, [&] {
        return by.post(where, std::make_unique<comparison>(where, who, shown));
    });
}

} // namespace auth
