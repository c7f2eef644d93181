#pragma once

#include "base/draft_file.h"
#include "base/wiped_string.h"

#include <optional>
#include <string>

namespace auth {

// The key beside a SQLite database (store/sqlite_key_file.h) goes with the
// copies of the database. All functions throw failure.

/// The key of a database, whose contents have this id of a key; empty if there
/// is none. Call it as the owner of the database. A key that is missing, or
/// another one, fails.
wiped_string key_of_database(const std::string& database,
                             const std::string& id);

/// Makes a database forget with which key it is used. From then on this process
/// runs as the owner of the database. Returns whether the database knew a key.
bool forget_key_of(const std::string& database);

/// The key beside a copy.
class key_copy
{
public:
    /// Reads the key beside the copy. `id` is that of the key in the copy.
    key_copy(const std::string& copy, std::string id);

    /// What restoring does to the key of the database.
    enum class effect {
        none,    ///< it is the same key, or the copy has no key
        placed,  ///< there was no key
        replaced ///< there was another one
    };

    /// Decides that, and writes the key aside. Call it as the owner of the
    /// database. Fails if the copy is used with a key that is neither beside
    /// the copy nor beside the database.
    effect prepare(const std::string& database);

    /// Puts the key in place, if prepare() said so.
    void take_effect();

private:
    [[noreturn]] void fail_for_lack_of_a_key() const;

    std::string copy_;
    std::string id_;
    wiped_string key_;
    std::optional<draft_file> draft_;
};

} // namespace auth
