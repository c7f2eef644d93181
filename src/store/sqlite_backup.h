#pragma once

#include "store/sqlite_database.h"

#include "base/checked.h"

#include <string>
#include <string_view>

namespace auth {

/// Copies the database as it is at one moment. `bytes` are those of a file that
/// needs no other file beside it. Other processes may use the database in the
/// meantime. Fails as unavailable.
store_result<std::string> copy_sqlite_database(const std::string& path);

/// Checks that `bytes` are a whole database of this module, and counts its
/// users. A sentence about what is wrong begins with `name`.
checked<std::int64_t> check_sqlite_copy(std::string_view bytes,
                                        const std::string& name);

/// The id of the key that a copy was used with (see sqlite_key_id.h); empty if
/// the copy keeps none, or cannot be read.
std::string key_id_of_sqlite_copy(std::string_view bytes);

/// Whether a database keeps the id of its key that is in a copy.
enum class copied_key_id { kept, forgotten };

/// Replaces the contents of the database by a copy that check_sqlite_copy() has
/// accepted. Processes that use it find either the former contents or the new
/// ones. Fails as unavailable (nothing has changed) or unknown.
///
/// No session comes back: those of the copy have ended since, or may have. The
/// sessions of the former contents end as well, in nginx that runs when
/// `session_check` looks. No user's epoch goes back, also not that of a user
/// who was removed within the last hour. Revocations that an nginx may not have
/// read yet stay.
store_outcome restore_sqlite_database(const std::string& path,
                                      std::string_view bytes, copied_key_id id);

} // namespace auth
