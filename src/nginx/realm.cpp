#include "nginx/realm.h"

#include "nginx/nginx_internals.h"

namespace auth {

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

source_position realm::position_of_directive(std::string_view name) const
{
    const auto found = positions.find(name);
    return found != positions.end() ? found->second : position;
}

void realm::make_stores()
{
    if (limits.is_cache) {
        opened_store opened = open_store(store, schema);
        users = std::move(opened.users);
        session_records = std::move(opened.sessions);
    } else {
        users = open_user_store(store, schema);
    }
}

} // namespace auth
