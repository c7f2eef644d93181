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

} // namespace auth
