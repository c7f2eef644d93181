// What becomes of forms is counted by the status of the answer, because each
// outcome has a status of its own.

#include "nginx/pages/form_counters.h"

namespace auth {

namespace {

login_result login_result_of(const form_answer& answer) noexcept
{
    switch (answer.status) {
    case NGX_HTTP_SEE_OTHER:
        return login_result::accepted;
    case NGX_HTTP_UNAUTHORIZED:
        return login_result::refused;
    case NGX_HTTP_TOO_MANY_REQUESTS:
        return login_result::throttled;
    default:
        return answer.turned_away ? login_result::turned_away
                                  : login_result::unavailable;
    }
}

registration_result registration_result_of(const form_answer& answer) noexcept
{
    switch (answer.status) {
    case NGX_HTTP_SEE_OTHER:
        return registration_result::registered;
    case NGX_HTTP_CONFLICT:
        return registration_result::taken;
    case 422:
        return registration_result::invalid;
    case NGX_HTTP_TOO_MANY_REQUESTS:
        return registration_result::throttled;
    default:
        return answer.turned_away ? registration_result::turned_away
                                  : registration_result::unavailable;
    }
}

void count(const location_configuration& where, login_result login,
           registration_result registration) noexcept
{
    service_counters& counters = *where.page_realm->owner->counters;
    if (where.page == page_kind::login) {
        counters.logins[login].add();
    } else if (where.page == page_kind::register_form) {
        counters.registrations[registration].add();
    }
}

} // namespace

void count_form(const location_configuration& where,
                const form_answer& answer) noexcept
{
    count(where, login_result_of(answer), registration_result_of(answer));
}

void count_abandoned_form(const location_configuration& where) noexcept
{
    count(where, login_result::abandoned, registration_result::abandoned);
}

} // namespace auth
