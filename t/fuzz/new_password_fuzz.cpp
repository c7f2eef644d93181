// A new password: first line the user name, then the password. Also how long
// the estimate of its strength takes.

#include "target.h"

#include "account/password_policy.h"
#include "account/password_strength.h"
#include "base/utf8.h"

namespace auth::fuzz {

void run(std::string_view input)
{
    const exact_bytes name(take_line(input)), typed(input);

    password_policy any;
    any.min = 1;
    any.strength = 0;
    secret password(typed.view());
    const std::string refused = read_new_password(password, any);
    HOLDS(is_valid_utf8(refused));
    if (!is_valid_utf8(typed.view())) {
        HOLDS(!refused.empty());
        return;
    }
    if (!refused.empty()) {
        return;
    }
    HOLDS(!has_control_character(password.view()));
    const std::size_t length = count_code_points(password.view());
    HOLDS(length >= 1 && length <= 128);

    const password_strength strength =
        estimate_strength(password.view(), name.view());
    HOLDS(strength.score <= 4);
    for (unsigned least = 1; least <= 4; ++least) {
        any.strength = least;
        HOLDS(check_new_password(password.view(), name.view(), any).empty() ==
              (strength.score >= least));
        if (least > strength.score) {
            break;
        }
    }
    any.strength = 0;
    any.min = static_cast<unsigned>(length) + 1;
    HOLDS(!check_new_password(password.view(), name.view(), any).empty());
}

} // namespace auth::fuzz
