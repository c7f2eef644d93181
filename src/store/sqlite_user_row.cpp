#include "store/sqlite_user_row.h"

#include "base/text.h"

#include <algorithm>
#include <sqlite3.h>

namespace auth {

namespace {

using code = store_failure::code;

std::vector<std::string> split_roles(std::string_view list)
{
    std::vector<std::string> roles;
    while (!list.empty()) {
        const std::string_view role = trim(take_part(list, ","), " ");
        if (!role.empty()) {
            roles.emplace_back(role);
        }
    }
    return roles;
}

bool is_bytes(int type)
{
    return type == SQLITE_TEXT || type == SQLITE_BLOB;
}

} // namespace

bool join_roles(const std::vector<std::string>& roles, std::string& list)
{
    for (const std::string& role : roles) {
        if (role.empty() || role.find(',') != role.npos) {
            return false;
        }
        list += list.empty() ? "" : ",";
        list += role;
    }
    return true;
}

store_outcome read_user_row(const sqlite_query& row, stored_user& user)
{
    if (row.type(0) != SQLITE_TEXT || !is_user_id(row.bytes(0))) {
        return failed(
            code::unusable,
            "a user cannot log in: the id is not 24 small hexadecimal "
            "digits");
    }
    user.id = row.bytes(0);
    user.username = row.bytes(1);
    // A value that nobody understands must not let a disabled user in. A
    // fraction is no number here: as an integer it would be 0.
    const int disabled_type = row.type(3);
    const bool disabled_is_known =
        disabled_type == SQLITE_INTEGER || disabled_type == SQLITE_NULL;
    user.disabled = disabled_is_known && row.integer(3) != 0;
    if (is_bytes(row.type(4))) {
        user.roles = split_roles(row.bytes(4));
    }

    const std::string who = "user with id " + user.id + " cannot log in: ";
    if (!is_bytes(row.type(2)) || row.bytes(2).empty()) {
        return failed(code::unusable, who + "the password is no text or empty");
    }
    user.password = secret(row.bytes(2));
    if (!disabled_is_known) {
        return failed(code::unusable, who + "disabled is neither 0 nor 1");
    }
    return store_note{};
}

} // namespace auth
