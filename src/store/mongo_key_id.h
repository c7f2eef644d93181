#pragma once

#include "store/mongo_collection.h"
#include "store/store_result.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace auth {

constexpr const char* meta_collection = "ngx_auth_meta";

/// The id of the key with which the sessions of a database are made: all nginx
/// on it need that key. It stands in the collection `ngx_auth_meta`, a document
/// for each collection of users: `_id` is "key_id:" and the collection's name,
/// `value` is the id, `former` are those before it, with blanks between them.
/// All functions may be called from several threads at once.
class mongo_key_id
{
public:
    /// `ids` are those of this nginx's keys, the first of which makes sessions.
    /// Without any, the key does not matter.
    mongo_key_id(mongo_collection meta, const std::string& users,
                 std::vector<std::string> ids)
        : meta_(std::move(meta)), name_("key_id:" + users), ids_(std::move(ids))
    {}

    /// Whether this nginx may make sessions. The first nginx on a database
    /// writes the id of its first key. Where that is another one of this
    /// nginx's keys, its first key takes the place, unless it had it before: a
    /// configuration of before does not turn a new key back. Looks again a
    /// minute after it has succeeded. Fails as unavailable if no key has the
    /// id, or if the server does not say.
    store_outcome ensure();

    /// Removes the id, so that the next nginx that looks writes that of its
    /// key. Returns whether there was one. Fails as unavailable or unknown.
    store_result<bool> forget();

private:
    struct entry {
        std::string value; ///< empty: there is none
        std::string former;
    };

    store_outcome look(entry& kept);
    store_outcome write_first();
    store_outcome replace(const entry& kept);
    store_outcome fail(const mongo_failure& why) const;
    store_outcome refuse(const std::string& kept) const;

    const mongo_collection meta_;
    const std::string name_;
    const std::vector<std::string> ids_;
    /// In steady seconds; 0: never.
    std::atomic<std::int64_t> looked_at_{0};
};

} // namespace auth
