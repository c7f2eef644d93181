#include "admin/new_password.h"

#include "admin/failure.h"
#include "admin/terminal.h"
#include "admin/user_report.h"

#include "account/password_policy.h"
#include "base/utf8.h"
#include "hash/password_hash.h"

#include <iostream>

namespace auth {

secret ask_new_hash(const std::string& username, const realm_settings& with,
                    bool force)
{
    secret password = ask_new_password(shown(username));
    if (!is_utf8(password.view())) {
        throw failure(exit_code::refused, "the password is no UTF-8 text");
    }
    if (has_control_character(password.view())) {
        throw failure(exit_code::refused,
                      "the password has a control character");
    }
    password = normalize_nfc(password.view());
    const std::string complaint =
        check_new_password(password.view(), username, with.policy);
    if (!complaint.empty() && !force) {
        throw failure(exit_code::refused,
                      complaint + " (--force takes it all the same)");
    }
    if (!complaint.empty()) {
        std::cerr << "ngx-auth-admin: against password_policy: " << complaint
                  << '\n';
    }
    return hash_password(password.view(), with.cost);
}

} // namespace auth
