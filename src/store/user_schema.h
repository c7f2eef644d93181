#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Where the users of a MongoDB database are: the name of the collection, and
/// the fields of its documents that the module reads and writes. A field is a
/// path: "local.email" is the field `email` of the document in the field
/// `local`. Elements of lists have no path.
struct user_schema {
    std::string collection = "users";
    std::string username = "username";
    std::string password = "password";
    std::string roles = "roles";
    std::string disabled = "disabled";
    /// A user is disabled if one of these is false.
    std::vector<std::string> active{"active", "is_active"};
    bool active_is_written = false; ///< by set_user_fields()
};

/// Fields of the module's own. They are below `ngx_auth`, where no other
/// program has fields. Only `created_at` is not: the module writes it with a
/// new user and then only reads it.
constexpr const char* created_at_field = "created_at";
constexpr const char* password_origin_field = "ngx_auth.password_origin";
/// Older modules had the origin here. It is read and left as it is.
constexpr const char* old_password_origin_field = "password_origin";
constexpr const char* epoch_field = "ngx_auth.epoch";

/// Takes the argument of `user_collection`. On failure returns false and sets
/// `problem` to a sentence that says what to write instead.
bool set_user_collection(std::string_view name, user_schema& schema,
                         std::string& problem);

/// Takes the arguments of `user_fields`: `username=PATH`, and perhaps
/// `password=`, `roles=`, `disabled=` and `active=`. Fails as above.
bool set_user_fields(const std::vector<std::string_view>& arguments,
                     user_schema& schema, std::string& problem);

} // namespace auth
