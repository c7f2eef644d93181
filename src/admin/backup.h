#pragma once

#include "admin/key_copy.h"

#include <cstdint>
#include <optional>
#include <string>

namespace auth {

/// Copies a SQLite database, which may be in use, into a new file that only its
/// owner can read. The copy is whole or not made, and never replaces a file.
/// The key of the database goes into a file of its own, `file` with ".key"
/// behind it. Returns whether there is a key. A child process reads the
/// database as its owner; the files belong to the user who runs this program.
/// Throws failure.
bool back_up_sqlite(const std::string& database, const std::string& file);

/// A copy that can be restored. The user who runs this program can read it.
class sqlite_copy
{
public:
    /// Reads and checks the file, and the key beside it. `without_key` leaves
    /// the key alone: the copy then forgets with which key it was used. Throws
    /// failure.
    sqlite_copy(const std::string& file, bool without_key);

    std::int64_t users() const noexcept { return users_; }

    /// Replaces the contents of the database by those of the copy, and its key
    /// by that of the copy. The database may be in use, or missing. From then
    /// on this process runs as the owner of the database. Throws failure.
    key_copy::effect restore_to(const std::string& database);

private:
    std::string bytes_;
    std::int64_t users_ = 0;
    std::optional<key_copy> key_; ///< nothing: the key is left alone
};

} // namespace auth
