// What happens when a process of a cycle starts or ends.

#include "nginx/threads/worker_services.h"

#include "nginx/audit.h"
#include "nginx/configuration.h"
#include "nginx/log.h"
#include "nginx/shared/session_zone.h"

#include "base/version.h"
#include "session/derived_key.h"

namespace auth {

namespace {

main_configuration* main_conf_of(ngx_cycle_t* cycle) noexcept
{
    return static_cast<main_configuration*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_auth_module));
}

bool serves_requests() noexcept
{
    return ngx_process == NGX_PROCESS_WORKER ||
           ngx_process == NGX_PROCESS_SINGLE;
}

/// Looks at a realm's store once in a new worker, in a thread, so that the log
/// says early what is wrong. A registration looks again.
class store_check final : public background_work
{
public:
    explicit store_check(realm& where) noexcept : realm_(where) {}

    void run() override
    {
        users_ = realm_.users->prepare();
        if (realm_.limits.is_cache) {
            sessions_ = realm_.session_records->prepare();
        }
    }

    void finished(bool /*threw*/) noexcept override
    {
        guarded(ngx_cycle->log, false, [&] {
            if (!users_) {
                tell("the store is not ready, nobody can register: " +
                     users_.error().detail);
            }
            if (!sessions_ && sessions_.error().detail != detail_of(users_)) {
                tell("the store is not ready for sessions: " +
                     sessions_.error().detail);
            }
            return true;
        });
    }

private:
    void tell(const std::string& what) const
    {
        audit(ngx_cycle->log, realm_,
              audit_event(audit_kind::store_error, {}, what));
    }

    realm& realm_;
    store_outcome users_ = failed(store_failure::code::unavailable);
    store_outcome sessions_ = store_note{};
};

/// Takes the bytes of a key, and wipes the key.
secret take_key(derived_key& key)
{
    secret bytes({reinterpret_cast<const char*>(key.data()), key.size()});
    wipe_memory(key.data(), key.size());
    return bytes;
}

/// Without a key that lasts, the realm uses the key of its session zone, which
/// all workers have.
void make_dummies(realm& starting)
{
    secret key_of_dummies = starting.dummy_key.copy();
    if (key_of_dummies.empty()) {
        token_key zone_key = starting.sessions->key();
        const secret own = take_key(zone_key);
        derived_key key = derive_key(own.view(), key_purpose::dummy_hashes,
                                     view(starting.name));
        key_of_dummies = take_key(key);
    }
    starting.dummies = std::make_unique<dummy_hashes>(
        starting.cost, std::move(key_of_dummies));
}

void start_realm(ngx_cycle_t* cycle, worker_services& services, realm& starting)
{
    make_dummies(starting);
    if (!services.operations.post(starting,
                                  std::make_unique<store_check>(starting))) {
        log_line(cycle->log, NGX_LOG_ERR, starting, "cannot look at the store");
    }
    services.censuses.push_back(
        std::make_unique<hash_census>(cycle, services.operations, starting));
    if (starting.limits.is_cache) {
        services.syncs.push_back(std::make_unique<session_sync>(
            cycle, services.operations, starting));
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
    if (conf == nullptr || conf->services == nullptr || !serves_requests()) {
        return NGX_OK;
    }
    make_ready_for_exceptions();
    return guarded<ngx_int_t>(cycle->log, NGX_ERROR, [&] {
        conf->services->operations.start_worker(cycle);
        for (realm* starting : conf->realms) {
            start_realm(cycle, *conf->services, *starting);
        }
        conf->services->open.start(cycle, conf->realms);
        return NGX_OK;
    });
}

void end_process(ngx_cycle_t* cycle) noexcept
{
    main_configuration* conf = main_conf_of(cycle);
    if (conf == nullptr || !serves_requests()) {
        return;
    }
    if (conf->services != nullptr) {
        conf->services->operations.stop_worker();
        conf->services->censuses.clear();
        conf->services->syncs.clear();
        conf->services->open.stop();
    }
    for (realm* ending : conf->realms) {
        ending->users.reset();
        ending->session_records.reset();
    }
    close_store_libraries();
}

} // namespace auth
