#pragma once

#include "admin/command_line.h"

#include "account/password_policy.h"
#include "account/username.h"
#include "hash/password_hash.h"
#include "store/store_uri.h"

#include <functional>
#include <set>
#include <string>

namespace auth {

/// What the command line and a realm's block say together. The defaults are
/// those of the module's directives.
struct settings {
    store_uri store;
    user_schema schema; ///< of MongoDB's users
    hash_cost cost;
    password_policy policy;
    std::set<std::string, std::less<>> reserved{
        std::begin(default_reserved_usernames),
        std::end(default_reserved_usernames)};
};

/// Reads nginx's configuration if the command line says so. Throws failure.
settings read_settings(const command_line& asked);

} // namespace auth
