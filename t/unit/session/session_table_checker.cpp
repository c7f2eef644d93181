#include "session_table_checker.h"

#include "../cut_test.h"

#include "session/session_table_layout.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <stdexcept>

namespace auth::test {

using namespace session_layout;

namespace {

// The geometry, worked out here once more.
struct view {
    explicit view(const void* memory)
        : head(static_cast<const header*>(memory)),
          session_buckets(reinterpret_cast<const index*>(head + 1)),
          user_buckets(session_buckets + head->buckets),
          ended(reinterpret_cast<const ended_record*>(user_buckets +
                                                      head->buckets)),
          sessions(reinterpret_cast<const session_record*>(
              ended + head->capacity / session_table::sessions_per_ended + 1)),
          users(reinterpret_cast<const user_record*>(sessions + head->capacity))
    {}

    const session_record& session(index i) const
    {
        require(i >= 1 && i <= head->sessions_used, "session index");
        return sessions[i - 1];
    }
    const user_record& user(index i) const
    {
        require(i >= 1 && i <= head->users_used, "user index");
        return users[i - 1];
    }
    static void require(bool condition, const char* what)
    {
        if (!condition) {
            throw std::runtime_error(what);
        }
    }

    const header* head;
    const index* session_buckets;
    const index* user_buckets;
    const ended_record* ended;
    const session_record* sessions;
    const user_record* users;
};

using indices = std::set<index>;

/// Without a `time` the list may be in any order.
void check_list(const view& table, const list& walked,
                links session_record::*links_of,
                std::uint64_t session_record::*time, indices& found)
{
    index before = 0;
    for (index i = walked.head; i != 0;) {
        const session_record& session = table.session(i);
        view::require(session.state == live_session, "dead session in a list");
        view::require(found.insert(i).second, "session twice in a list");
        view::require((session.*links_of).prev == before, "backward link");
        view::require(before == 0 || time == nullptr ||
                          table.session(before).*time <= session.*time,
                      "list out of order");
        before = i;
        i = (session.*links_of).next;
    }
    view::require(walked.tail == before, "tail of a list");
}

void check_sessions(const view& table, const indices& live, bool is_cache)
{
    indices chained;
    for (index b = 0; b < table.head->buckets; ++b) {
        for (index i = table.session_buckets[b]; i != 0;
             i = table.session(i).bucket_next) {
            view::require(chained.insert(i).second, "session twice in chains");
            std::uint32_t hash;
            std::memcpy(&hash, &table.session(i).digest[28], sizeof hash);
            view::require(hash % table.head->buckets == b, "wrong bucket");
        }
    }
    view::require(chained == live, "chains and live sessions differ");

    indices idle, age;
    check_list(table, table.head->idle, &session_record::idle,
               &session_record::last_seen, idle);
    check_list(table, table.head->age, &session_record::age,
               is_cache ? nullptr : &session_record::created, age);
    view::require(idle == live, "idle list and live sessions differ");
    view::require(age == live, "age list and live sessions differ");

    indices free;
    for (index i = table.head->free_session; i != 0;
         i = table.session(i).bucket_next) {
        view::require(free.insert(i).second, "session twice in free list");
        view::require(live.count(i) == 0, "live session in free list");
    }
    view::require(free.size() + live.size() == table.head->sessions_used,
                  "session record lost");
    view::require(live.size() == table.head->live_sessions, "live_sessions");
}

void check_users(const view& table, const indices& live_sessions,
                 const indices& live, bool is_cache)
{
    indices chained, listed;
    std::set<std::string> ids;
    for (index b = 0; b < table.head->buckets; ++b) {
        for (index i = table.user_buckets[b]; i != 0;
             i = table.user(i).bucket_next) {
            view::require(chained.insert(i).second, "user twice in chains");
        }
    }
    view::require(chained == live, "chains and live users differ");

    for (const index i : live) {
        const user_record& user = table.user(i);
        view::require(fits(user.identity), "identity too long");
        view::require(ids.insert(std::string(user.identity.user_id())).second,
                      "user has two records");
        indices own;
        check_list(table, user.sessions, &session_record::of_user,
                   is_cache ? nullptr : &session_record::created, own);
        view::require(!own.empty(), "user without sessions");
        view::require(own.size() == user.count, "count of a user's sessions");
        for (const index s : own) {
            view::require(table.session(s).user == i, "session of another");
            view::require(table.session(s).epoch == user.epoch,
                          "session of another epoch");
        }
        listed.insert(own.begin(), own.end());
    }
    view::require(listed == live_sessions, "session without a user");

    indices free;
    for (index i = table.head->free_user; i != 0;
         i = table.user(i).bucket_next) {
        view::require(free.insert(i).second, "user twice in free list");
        view::require(live.count(i) == 0, "live user in free list");
    }
    view::require(free.size() + live.size() == table.head->users_used,
                  "user record lost");
    view::require(live.size() == table.head->live_users, "live_users");
}

// The hash of user ids is the table's own affair: let it find each user. Times
// may be anything, and are not what is looked at here.
void check_found(const view& table, const void* memory, std::size_t size,
                 const indices& users)
{
    scratch_memory copy(memory, size);
    session_table scratch = session_table::attach(copy.get());
    const view copied(copy.get());
    for (index i = 0; i < copied.head->sessions_used; ++i) {
        auto& session = const_cast<session_record&>(copied.sessions[i]);
        session.created = session.last_seen = 1000;
    }
    for (const auto& [digest, session] : sessions_in(memory)) {
        session_identity who;
        view::require(scratch.find(digest, session.secure,
                                   {UINT64_MAX, UINT64_MAX, 0}, 1000, who),
                      "session not found");
        view::require(who.user_id() == session.id &&
                          who.name() == session.name &&
                          who.roles() == session.roles,
                      "session found with another identity");
    }
    for (const index i : users) {
        view::require(scratch.remove_user(table.user(i).identity.user_id()) ==
                          table.user(i).count,
                      "user not found");
    }
    view::require(scratch.live_sessions() == 0 && copied.head->live_users == 0,
                  "records left");
}

} // namespace

std::string defects(const void* memory, std::size_t size, bool is_cache)
try {
    const view table(memory);
    view::require(table.head->mutating == 0, "mark is set");
    view::require(table.head->sessions_used <= table.head->capacity,
                  "sessions_used");
    view::require(table.head->users_used <= table.head->capacity + 1,
                  "users_used");

    indices sessions, users;
    for (index i = 1; i <= table.head->users_used; ++i) {
        if (table.user(i).state == live_user) {
            users.insert(i);
        }
    }
    for (index i = 1; i <= table.head->sessions_used; ++i) {
        const session_record& session = table.session(i);
        if (session.state == live_session) {
            sessions.insert(i);
            view::require(session.secure <= 1, "kind of a session");
            view::require(session.digest != session_digest{}, "empty digest");
            view::require(users.count(session.user) == 1, "dead user");
        }
    }
    const auto kept = static_cast<std::uint32_t>(std::count_if(
        table.ended, reinterpret_cast<const ended_record*>(table.sessions),
        [](const ended_record& each) { return each.state == kept_ended; }));
    view::require(kept == table.head->ended, "count of those kept as ended");
    check_sessions(table, sessions, is_cache);
    check_users(table, sessions, users, is_cache);
    check_found(table, memory, size, users);
    return {};
} catch (const std::runtime_error& error) {
    return error.what();
}

sessions_seen sessions_in(const void* memory)
{
    const view table(memory);
    sessions_seen seen;
    for (index i = 1; i <= table.head->sessions_used; ++i) {
        const session_record& session = table.session(i);
        if (session.state == live_session) {
            const stored_identity& who = table.user(session.user).identity;
            seen[session.digest] = {std::string(who.user_id()),
                                    std::string(who.name()),
                                    std::string(who.roles()),
                                    session.secure != 0,
                                    session.created,
                                    session.last_seen,
                                    session.epoch};
        }
    }
    return seen;
}

std::size_t users_in(const void* memory)
{
    std::set<std::string> ids;
    for (const auto& [digest, session] : sessions_in(memory)) {
        ids.insert(session.id);
    }
    return ids.size();
}

std::uint32_t probes_for(const void* memory, const session_digest& digest)
{
    const view table(memory);
    index hash = 0;
    std::memcpy(&hash, digest.data() + digest.size() - sizeof hash,
                sizeof hash);
    std::uint32_t probes = 0;
    for (index i = table.session_buckets[hash & (table.head->buckets - 1)];
         i != 0; i = table.session(i).bucket_next) {
        ++probes;
        if (table.session(i).digest == digest) {
            break;
        }
    }
    return probes;
}

std::uint32_t purge(session_table& table, const void* memory,
                    const session_limits& limits, std::uint64_t now)
{
    const std::uint32_t before = table.live_sessions();
    session_identity who;
    for (const auto& [digest, session] : sessions_in(memory)) {
        table.find(digest, !session.secure, limits, now, who);
    }
    return before - table.live_sessions();
}

// Stands for SHA-256: splitmix64.
session_digest digest_of(std::uint64_t number)
{
    session_digest digest;
    for (std::size_t i = 0; i < digest.size(); i += 8) {
        std::uint64_t word = number * 4 + i / 8 + 1;
        word *= UINT64_C(0x9e3779b97f4a7c15);
        word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
        word ^= word >> 31;
        std::memcpy(&digest[i], &word, sizeof word);
    }
    return digest;
}

// As ObjectIds, and as ids of other kinds, of every length.
std::string id_of(std::uint64_t user)
{
    char id[25];
    std::snprintf(id, sizeof id, "%024llx",
                  static_cast<unsigned long long>(user));
    return user % 3 != 2
               ? id
               : std::to_string(user) + "-" + std::string(user % 41, 'i');
}

session_identity identity_of(std::uint64_t user, const std::string& name,
                             const std::string& roles)
{
    session_identity who;
    std::memset(&who, 0xee, sizeof who); // what is unused must not matter
    const std::string id = id_of(user);
    who.id_size = static_cast<std::uint8_t>(id.size());
    std::memcpy(who.id_bytes, id.data(), id.size());
    who.epoch = 0;
    who.remembered = false;
    who.name_size = static_cast<std::uint8_t>(name.size());
    who.roles_size = static_cast<std::uint8_t>(roles.size());
    std::memcpy(who.name_bytes, name.data(),
                std::min(name.size(), sizeof who.name_bytes));
    std::memcpy(who.roles_bytes, roles.data(),
                std::min(roles.size(), sizeof who.roles_bytes));
    return who;
}

session_identity in_epoch(std::int64_t epoch, session_identity who)
{
    who.epoch = epoch;
    return who;
}

session_identity identity_of(std::uint64_t user)
{
    return identity_of(user, "user" + std::to_string(user), "reader,writer");
}

} // namespace auth::test
