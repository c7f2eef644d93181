#pragma once

#include "base/secret.h"

#include <string>
#include <string_view>

namespace auth {

/// Rules for new passwords (lengths in code points; strength 0 to 4 as
/// zxcvbn's scores, 0 turns the estimate off).
struct password_policy {
    unsigned min = 8;
    unsigned max = 128;
    unsigned strength = 2;
};

// Each of these returns what to tell the person (one or two sentences), or an
// empty string when the password is accepted.

/// Puts a new password as typed into form C, and checks all but its strength:
/// that is cheap.
std::string read_new_password(secret& password, const password_policy& policy);

/// Whether a password that read_new_password() accepts is strong enough; with
/// the reason when it is not. Costs as much as a hash (up to 65 ms): for a
/// stage that has a permit for one.
std::string check_strength(std::string_view password, std::string_view username,
                           const password_policy& policy);

/// Both, for a password that normalize_nfc() has returned.
std::string check_new_password(std::string_view password,
                               std::string_view username,
                               const password_policy& policy);

} // namespace auth
