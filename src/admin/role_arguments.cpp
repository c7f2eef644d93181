#include "admin/role_arguments.h"

#include "admin/failure.h"
#include "admin/user_report.h"

#include "account/username.h"
#include "base/text.h"
#include "session/session_table.h"

#include <algorithm>

namespace auth {

namespace {

/// Whether a store, a header and a directive can hold the role.
bool is_role(const std::string& role)
{
    return can_log_in(role) && role.find_first_of(",\"") == role.npos;
}

} // namespace

std::vector<std::string> read_roles(const std::vector<std::string>& written)
{
    std::vector<std::string> roles;
    std::size_t size = 0;
    for (const std::string& list : written) {
        for (const std::string_view part : split(list, ",")) {
            std::string role(part);
            if (!is_role(role)) {
                throw failure(exit_code::refused,
                              "no role can be called " + shown(role) +
                                  ": write names without commas, quotation "
                                  "marks and control characters");
            }
            if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
                size += role.size() + 1;
                roles.push_back(std::move(role));
            }
        }
    }
    if (size > session_identity::max_roles + 1) {
        throw failure(exit_code::refused,
                      "these are too many roles: a session holds " +
                          std::to_string(session_identity::max_roles) +
                          " bytes of them, commas included");
    }
    return roles;
}

} // namespace auth
