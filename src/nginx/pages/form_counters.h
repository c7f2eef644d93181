#pragma once

#include "nginx/configuration.h"
#include "nginx/ngx.h"

namespace auth {

/// How a form was answered.
struct form_answer {
    ngx_uint_t status;
    bool turned_away; ///< there was no turn for it
};

/// Counts a form of the location's page, if it is one of a login or of a
/// registration.
void count_form(const location_configuration& where,
                const form_answer& answer) noexcept;

/// The same for a form whose client has left before the answer.
void count_abandoned_form(const location_configuration& where) noexcept;

} // namespace auth
