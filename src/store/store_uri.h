#pragma once

#include "base/checked.h"
#include "base/wiped_string.h"
#include "store/admin_store.h"
#include "store/file_identity.h"
#include "store/session_store.h"
#include "store/user_schema.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// A store's address, parsed and checked without touching network or disk.
struct store_uri {
    enum class kind { sqlite, mongodb };
    kind what = kind::sqlite;
    std::string path;     ///< sqlite: the database file, as written
    file_identity file;   ///< sqlite: the file that was found at start, if any
    wiped_string uri;     ///< mongodb: the whole URI, credentials included
    std::string database; ///< mongodb: the database's name
    std::string redacted; ///< fit for a log: user name and password left out
    std::string notice;   ///< a line for the log about an option that is
                          ///< ignored; mostly empty
};

/// Parses `sqlite:PATH`, `mongodb://…/DB` or `mongodb+srv://…/DB`. libmongoc
/// checks MongoDB URIs. The sentence about a URI that is refused holds no
/// credentials.
checked<store_uri> parse_store_uri(std::string_view text);

/// The URI in the contents of a file or a variable. It drops blanks and line
/// ends around the URI, and the quotation marks or the byte order mark that
/// some programs leave there.
std::string_view uri_within(std::string_view text) noexcept;

/// Whether a URI itself follows "env:" or "file:", by mistake. It must then not
/// be shown.
bool is_misplaced_uri(std::string_view written) noexcept;
constexpr const char* misplaced_uri_problem =
    "\"env:\" and \"file:\" are followed by the name of what holds the URI, "
    "not by the URI: leave them out";

/// A store of users and sessions, which share its connections. Each may outlive
/// the other.
struct opened_store {
    std::unique_ptr<admin_store> users;
    std::shared_ptr<session_store> sessions;
};

/// Makes the store that the URI names; it opens nothing (see user_store). The
/// schema is for MongoDB only, as are the ids of keys (mongo_key_id.h).
/// Whatever raises a user's epoch in `users` also ends the user's sessions in
/// `sessions`.
opened_store open_store(const store_uri& uri, const user_schema& schema = {},
                        const session_key_ids& keys = {});

/// Makes a MongoDB database forget with which keys sessions of the users in the
/// schema's collection are made. Returns whether it knew any. Fails as
/// unavailable or unknown.
store_result<bool> forget_mongo_key(const store_uri& uri,
                                    const user_schema& schema);

/// The same for users alone. With MongoDB nothing is written for sessions then,
/// and nothing but the collection of users is needed.
std::unique_ptr<admin_store> open_user_store(const store_uri& uri,
                                             const user_schema& schema = {});

/// Ends the libraries of the stores. Call it once in a process, after the last
/// store is gone.
void close_store_libraries() noexcept;

} // namespace auth
