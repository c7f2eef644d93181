#pragma once

#include <cstdint>
#include <string>

namespace auth {

/// Copies a SQLite database, which may be in use, into a new file that only
/// its owner can read: whole or not at all, and never over another file. The
/// database is read as its owner, the copy is made as who runs this. Throws
/// failure.
void back_up_sqlite(const std::string& database, const std::string& file);

/// A copy that can be restored; whoever runs this can read it.
class sqlite_copy
{
public:
    /// Reads and checks it. Throws failure.
    explicit sqlite_copy(const std::string& file);

    std::int64_t users() const noexcept { return users_; }

    /// Makes the database what the copy holds. It may be in use, or missing.
    /// From now on this process is the database's owner. Throws failure.
    void restore_to(const std::string& database) const;

private:
    std::string bytes_;
    std::int64_t users_ = 0;
};

} // namespace auth
