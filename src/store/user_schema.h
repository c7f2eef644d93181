#pragma once

#include "base/checked.h"

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
    bool active_is_written = false; ///< by with_user_fields()
};

/// Fields of the module's own. They are below `ngx_auth`, where no other
/// program has fields. Only `created_at` is not: the module writes it with a
/// new user and then only reads it.
constexpr const char* created_at_field = "created_at";
constexpr const char* password_origin_field = "ngx_auth.password_origin";
/// Older modules had the origin here. It is read and left as it is.
constexpr const char* old_password_origin_field = "password_origin";
constexpr const char* epoch_field = "ngx_auth.epoch";

/// The schema with the argument of `user_collection`.
checked<user_schema> with_user_collection(user_schema schema,
                                          std::string_view name);

/// The schema with the arguments of `user_fields`: `username=PATH`, and perhaps
/// `password=`, `roles=`, `disabled=` and `active=`.
checked<user_schema>
with_user_fields(user_schema schema,
                 const std::vector<std::string_view>& arguments);

} // namespace auth
