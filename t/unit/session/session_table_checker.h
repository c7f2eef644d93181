#pragma once

// Looks at a session table's memory from outside: not through the table's own
// functions, but record by record.

#include "session/session_table.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace auth::test {

/// What is wrong with the table in this memory; empty if nothing is. Every
/// chain, list and counter has to agree with the records, and every session
/// and user has to be found. In a cache sessions may come that are older than
/// those that are there.
std::string defects(const void* memory, std::size_t size,
                    bool is_cache = false);

struct session_seen {
    std::string id, name, roles;
    bool secure;
    std::uint64_t created, last_seen;
    std::int64_t epoch;

    bool operator==(const session_seen& other) const
    {
        return id == other.id && name == other.name && roles == other.roles &&
               secure == other.secure && created == other.created &&
               last_seen == other.last_seen && epoch == other.epoch;
    }
};

/// The live sessions of a table, from its records.
using sessions_seen = std::map<session_digest, session_seen>;
sessions_seen sessions_in(const void* memory);

/// How many users have live sessions.
std::size_t users_in(const void* memory);

/// How many records find() compares for this digest.
std::uint32_t probes_for(const void* memory, const session_digest& digest);

/// Looks for each session as if by the other kind of cookie, so that those that
/// have expired go and the others stay as they are; returns how many went.
std::uint32_t purge(session_table& table, const void* memory,
                    const session_limits& limits, std::uint64_t now);

session_digest digest_of(std::uint64_t number);
std::string id_of(std::uint64_t user);
session_identity identity_of(std::uint64_t user, const std::string& name,
                             const std::string& roles = {});
session_identity identity_of(std::uint64_t user);
session_identity in_epoch(std::int64_t epoch, session_identity who);

} // namespace auth::test
