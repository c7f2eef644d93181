#pragma once

#include "store/secret.h"

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

/// Checks a new password that normalize_nfc() has returned. Returns what to
/// tell the person (one or two sentences, with the reason for a weak one), or
/// an empty string when it is accepted. Takes up to 40 ms: not for the event
/// loop.
std::string check_new_password(std::string_view password,
                               std::string_view username,
                               const password_policy& policy);

/// Puts a new password as typed into form C, and checks it so. Returns what
/// check_new_password() does, also for one that is empty or no UTF-8.
std::string prepare_new_password(secret& password, std::string_view username,
                                 const password_policy& policy);

} // namespace auth
