#include "nginx/threads/user_checker.h"

#include "nginx/audit.h"
#include "nginx/request/user_sessions.h"

#include "account/user_check.h"

#include <memory>

namespace auth {

namespace {

/// Few, so that checks never keep logins from the threads.
constexpr unsigned checks_at_once = 4;
constexpr std::size_t most_waiting = 1024;

} // namespace

/// One check, with nginx's thread task for it.
struct user_checker::job {
    job(user_checker& by, realm& in, const session_identity& user)
        : checker(by), of(in), who(user),
          work(*in.users, std::string(user.user_id()), std::string(user.name()))
    {}

    ngx_thread_task_t task{};
    user_checker& checker;
    realm& of;
    session_identity who;
    user_check work;
    bool failed = false;
};

void user_checker::check(realm& of, const session_identity& who) noexcept
{
    guarded(ngx_cycle->log, false, [&] {
        if (running_ < checks_at_once) {
            start(of, who);
        } else if (waiting_.size() < most_waiting) {
            waiting_.push_back({&of, who});
        }
        return true;
    });
}

void user_checker::start(realm& of, const session_identity& who)
{
    auto one = std::make_unique<job>(*this, of, who);
    one->task.ctx = one.get();
    one->task.handler = run;
    one->task.event.data = one.get();
    one->task.event.handler = finished;
    one->task.event.log = ngx_cycle->log;
    if (ngx_thread_task_post(of.threads, &one->task) == NGX_OK) {
        static_cast<void>(one.release()); // finished() owns it
        ++running_;
    }
}

/// In a thread: touches the job only.
void user_checker::run(void* data, ngx_log_t* log) noexcept
{
    auto* one = static_cast<job*>(data);
    one->failed = !guarded_task(log, [&] { one->work.run(); });
}

void user_checker::finished(ngx_event_t* event) noexcept
{
    std::unique_ptr<job> one(static_cast<job*>(event->data));
    user_checker& self = one->checker;
    guarded(event->log, false, [&] {
        settle(*one);
        return true;
    });
    one.reset();
    --self.running_;
    if (!self.waiting_.empty()) {
        const waiting next = self.waiting_.front();
        self.waiting_.pop_front();
        self.check(*next.of, next.who);
    }
}

/// What the store had to say.
void user_checker::tell(const job& done)
{
    audit_store(ngx_cycle->log, done.of,
                audit_event(audit_kind::store_error, done.who.name(),
                            done.work.detail()),
                done.work.result() == user_check::outcome::unavailable);
}

void user_checker::settle(job& done)
{
    realm& of = done.of;
    tell(done);
    if (done.failed) {
        return;
    }
    switch (done.work.result()) {
    case user_check::outcome::same: {
        const user_facts facts{
            done.who.user_id(), done.who.name(), done.work.roles(),
            done.work.password_fingerprint(), done.work.epoch()};
        session_identity now;
        if (make_identity(facts, now)) {
            update_sessions(ngx_cycle->log, of, done.who, now);
        } else {
            end_sessions(ngx_cycle->log, of, done.who,
                         "the roles have become too long for a session");
        }
        break;
    }
    case user_check::outcome::gone:
        end_sessions(ngx_cycle->log, of, done.who, done.work.why_gone());
        break;
    case user_check::outcome::unavailable:
        break;
    }
}

} // namespace auth
