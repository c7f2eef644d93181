#pragma once

#include "admin/text_table.h"

#include "store/admin_store.h"

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// A name or role as a terminal may show it: in quotation marks, and escaped if
/// it is not plain text.
std::string shown(std::string_view name);

/// Roles as `auth_login roles=…` has them.
std::string shown(const std::vector<std::string>& roles);

/// A list of users as a table or as a JSON array.
class user_list
{
public:
    user_list(std::ostream& out, bool json)
        : out_(out), json_(json),
          table_(out, {"USER", "STATE", "CREATED", "ROLES"})
    {}

    void add(const listed_user& user);
    void end();

private:
    std::ostream& out_;
    const bool json_;
    bool any_ = false;
    text_table table_;
};

/// Prints what became of a user, as a sentence or a JSON object.
void report(std::ostream& out, bool json, const listed_user& user,
            const std::string& sentence);

/// Prints the same for a user who was deleted.
void report_deleted(std::ostream& out, bool json, const listed_user& user);

/// Prints what became of a database or a copy, as a sentence or a JSON object.
/// `key` is the file of its key, or empty.
void report_copy(std::ostream& out, bool json, const std::string& file,
                 const std::string& key, const std::string& sentence);

} // namespace auth
