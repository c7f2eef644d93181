#pragma once

#include <cstdint>
#include <string>

namespace auth {

/// Copies a SQLite database, which may be in use, into a new file that only its
/// owner can read. The copy is whole or not made, and never replaces a file. A
/// child process reads the database as its owner; the file belongs to the user
/// who runs this program. Throws failure.
void back_up_sqlite(const std::string& database, const std::string& file);

/// A copy that can be restored. The user who runs this program can read it.
class sqlite_copy
{
public:
    /// Reads and checks the file. Throws failure.
    explicit sqlite_copy(const std::string& file);

    std::int64_t users() const noexcept { return users_; }

    /// Replaces the contents of the database by those of the copy. The database
    /// may be in use, or missing. From then on this process runs as the owner
    /// of the database. Throws failure.
    void restore_to(const std::string& database) const;

private:
    std::string bytes_;
    std::int64_t users_ = 0;
};

} // namespace auth
