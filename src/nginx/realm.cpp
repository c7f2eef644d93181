#include "nginx/realm.h"

#include "metrics/service_counters.h"
#include "store/watched_store.h"

namespace auth {

namespace {

store_error kind_of(const store_failure& why) noexcept
{
    if (why.what == store_failure::code::unknown) {
        return store_error::unknown;
    }
    if (why.what == store_failure::code::unusable) {
        return store_error::unusable;
    }
    switch (why.because) {
    case store_failure::cause::refused:
        return store_error::refused;
    case store_failure::cause::full:
        return store_error::full;
    case store_failure::cause::locked:
        return store_error::locked;
    case store_failure::cause::away:
        break;
    }
    return store_error::unavailable;
}

} // namespace

bool realm::secure_for(const ngx_connection_t* c) const noexcept
{
    switch (cookie_secure) {
    case cookie_secure_mode::on:
        return true;
    case cookie_secure_mode::off:
        return false;
    case cookie_secure_mode::automatic:
        break;
    }
    return has_tls(c);
}

token_hour realm::present_hour() const noexcept
{
    return token_hour_of(limits.is_cache ? session_records->now() / 1000
                                         : ngx_time());
}

source_position realm::position_of_directive(std::string_view name) const
{
    const auto found = positions.find(name);
    return found != positions.end() ? found->second : position;
}

void realm::make_stores()
{
    const auto count = [this](const store_failure& why) {
        if (counters != nullptr) {
            counters->store_errors[kind_of(why)].add();
        }
    };
    if (limits.is_cache) {
        opened_store opened =
            open_store(store, schema, {std::string(view(name)), key_ids});
        users = watch(std::move(opened.users), count);
        session_records = watch(std::move(opened.sessions), count);
    } else {
        users = watch(open_user_store(store, schema), count);
    }
}

} // namespace auth
