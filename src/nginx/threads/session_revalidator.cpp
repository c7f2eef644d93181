#include "nginx/threads/session_revalidator.h"

#include "nginx/audit.h"
#include "nginx/shared/user_sessions.h"
#include "nginx/threads/scheduler.h"

#include "account/user_check.h"

#include <memory>

namespace auth {

class session_revalidator::check_of_user final : public background_work
{
public:
    check_of_user(realm& where, const session_identity& who)
        : realm_(where), who_(who),
          check_(*where.users, std::string(who.user_id()),
                 std::string(who.name()))
    {}

    void run() override { check_.run(); }

    void finished(bool threw) noexcept override
    {
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

    realm& realm_;
    session_identity who_;
    user_check check_;
};

/// Logs what the store has said.
void session_revalidator::check_of_user::tell() const
{
    audit_store(
        ngx_cycle->log, realm_,
        audit_event(audit_kind::store_error, who_.name(), check_.detail()),
        check_.result() == user_check::outcome::unavailable);
}

void session_revalidator::check_of_user::settle() const
{
    switch (check_.result()) {
    case user_check::outcome::same: {
        const user_facts facts{who_.user_id(), who_.name(), check_.roles(),
                               check_.password_fingerprint(), check_.epoch()};
        session_identity now;
        if (make_identity(facts, now)) {
            update_sessions(ngx_cycle->log, realm_, who_, now);
        } else {
            end_sessions(ngx_cycle->log, realm_, who_,
                         "the roles have become too long for a session");
        }
        break;
    }
    case user_check::outcome::gone:
        end_sessions(ngx_cycle->log, realm_, who_, check_.why_gone());
        break;
    case user_check::outcome::unavailable:
        break;
    }
}

void session_revalidator::check(realm& where,
                                const session_identity& who) noexcept
{
    guarded(ngx_cycle->log, false, [&] {
        return scheduler_.post(where,
                               std::make_unique<check_of_user>(where, who));
    });
}

} // namespace auth
