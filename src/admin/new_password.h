#pragma once

#include "settings/realm_settings.h"

#include "base/secret.h"

#include <string>

namespace auth {

/// Asks for a user's new password and hashes it. Throws failure if the password
/// is no text, or against the realm's password_policy unless `force`.
secret ask_new_hash(const std::string& username, const realm_settings& with,
                    bool force);

} // namespace auth
