#pragma once

#include "store/mongo_collection.h"
#include "store/session_store.h"
#include "store/store_result.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace auth {

constexpr const char* meta_collection = "ngx_auth_meta";

/// The id of the key with which a realm's sessions are made: all nginx with
/// this realm need that key. It stands in the collection `ngx_auth_meta`: `_id`
/// is "key_id:USERS:REALM" with the name of the users' collection, `value` is
/// the id, `former` are those before it, with blanks between them. All
/// functions may be called from several threads at once.
class mongo_key_id
{
public:
    /// `keys` are those of this nginx. Without any, the key does not matter.
    mongo_key_id(const std::string& users, session_key_ids keys)
        : name_(prefix_of(users) + keys.realm), ids_(std::move(keys.ids))
    {}

    /// Whether this nginx may make sessions; `meta` is the collection. The
    /// first nginx on a database writes the id of its first key. Where that is
    /// another one of this nginx's keys, its first key takes the place, unless
    /// it had it before: a configuration of before does not turn a new key
    /// back. Looks again a minute after it has succeeded. Fails as unavailable
    /// if no key has the id, or if the server does not say.
    store_outcome ensure(const mongo_collection& meta);

    /// Removes the ids of all realms with these users, so that the next nginx
    /// that looks writes that of its key. Returns whether there was any. Fails
    /// as unavailable or unknown.
    static store_result<bool> forget(const mongo_collection& meta,
                                     const std::string& users);

private:
    struct entry {
        std::string value; ///< empty: there is none
        std::string former;
    };

    static std::string prefix_of(const std::string& users)
    {
        return "key_id:" + users + ":";
    }
    store_outcome look(const mongo_collection& meta, entry& kept) const;
    store_outcome write_first(const mongo_collection& meta) const;
    store_outcome replace(const mongo_collection& meta,
                          const entry& kept) const;
    store_outcome refuse(const mongo_collection& meta,
                         const std::string& kept) const;

    const std::string name_;
    const std::vector<std::string> ids_;
    /// In steady seconds; 0: never.
    std::atomic<std::int64_t> looked_at_{0};
};

} // namespace auth
