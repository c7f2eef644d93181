// What happens when a process of a cycle starts or ends.

#include "nginx/audit.h"
#include "nginx/configuration.h"
#include "nginx/handlers.h"
#include "nginx/log.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/turnstile.h"

#include "base/version.h"
#include "session/derived_key.h"

namespace auth {

namespace {

main_configuration* main_conf_of(ngx_cycle_t* cycle) noexcept
{
    return static_cast<main_configuration*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_auth_module));
}

/// Looks at a realm's store once in a new worker, in a thread, so that the
/// log says early what is wrong. Registration looks again by itself.
struct store_check {
    realm* of;
    store_answer result;
};

void check_store(void* data, ngx_log_t* log) noexcept
{
    auto* check = *static_cast<store_check**>(data);
    guarded_task(log, [&] { check->result = check->of->users->prepare(); });
}

void store_checked(ngx_event_t* event) noexcept
{
    const auto* check = *static_cast<store_check**>(event->data);
    guarded(event->log, false, [&] {
        if (!check->result.done()) {
            audit(event->log, *check->of,
                  audit_event(audit_kind::store_error, {},
                              "the store is not ready, nobody can register: " +
                                  check->result.detail));
        }
        return true;
    });
}

/// The bytes of a key, which are wiped.
secret take_key(derived_key& key)
{
    secret bytes({reinterpret_cast<const char*>(key.data()), key.size()});
    wipe_memory(key.data(), key.size());
    return bytes;
}

/// Without a secret of its own, the key of the realm's session zone does: all
/// workers have it.
void make_dummies(realm& of)
{
    secret key_of_dummies = of.dummy_key.copy();
    if (key_of_dummies.empty()) {
        token_key zone_key = of.sessions->key();
        const secret own = take_key(zone_key);
        derived_key key =
            derive_key(own.view(), key_purpose::dummy_hashes, view(of.name));
        key_of_dummies = take_key(key);
    }
    of.dummies =
        std::make_unique<dummy_hashes>(of.cost, std::move(key_of_dummies));
}

void post_store_check(ngx_cycle_t* cycle, realm* of)
{
    // A pointer is what it holds. NOLINTNEXTLINE(bugprone-sizeof-expression)
    constexpr std::size_t size = sizeof(store_check*);
    ngx_thread_task_t* task = ngx_thread_task_alloc(cycle->pool, size);
    if (task == nullptr) {
        throw std::bad_alloc();
    }
    *static_cast<store_check**>(task->ctx) =
        pool_new<store_check>(cycle->pool, store_check{of, {}});
    task->handler = check_store;
    task->event.handler = store_checked;
    task->event.data = task->ctx;
    task->event.log = cycle->log;
    if (ngx_thread_task_post(of->threads, task) != NGX_OK) {
        log_line(cycle->log, NGX_LOG_ERR, *of, "cannot look at the store");
    }
}

} // namespace

ngx_int_t log_version(ngx_cycle_t* cycle) noexcept
{
    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "auth: ngx_http_auth_module %s", version);
    return NGX_OK;
}

ngx_int_t start_process(ngx_cycle_t* cycle) noexcept
{
    main_configuration* conf = main_conf_of(cycle);
    const bool serves =
        ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
    if (conf == nullptr || conf->realms.empty() || !serves) {
        return NGX_OK;
    }
    make_ready_for_exceptions();
    return guarded<ngx_int_t>(cycle->log, NGX_ERROR, [&] {
        conf->turns->start_worker(cycle);
        for (realm* one : conf->realms) {
            make_dummies(*one);
            post_store_check(cycle, one);
            conf->censuses.push_back(
                std::make_unique<hash_census>(cycle, *one));
        }
        return NGX_OK;
    });
}

void end_process(ngx_cycle_t* cycle) noexcept
{
    main_configuration* conf = main_conf_of(cycle);
    const bool serves =
        ngx_process == NGX_PROCESS_WORKER || ngx_process == NGX_PROCESS_SINGLE;
    if (conf == nullptr || !serves) {
        return;
    }
    // nginx has drained its threads by now.
    conf->censuses.clear();
    for (realm* one : conf->realms) {
        one->users.reset();
    }
    close_store_libraries();
}

} // namespace auth
