#pragma once

#include "store/mongo_collection.h"
#include "store/mongo_duplicate.h"
#include "store/user_store.h"

#include <string>
#include <vector>

namespace auth {

/// The unique index on users' names, and the other indexes of the collection.
class mongo_indexes
{
public:
    /// `path` is the field with the name.
    mongo_indexes(const mongo_collection& users, const std::string& path)
        : users_(users), path_(path)
    {}

    /// Looks for a unique index on { path: 1 }, and makes it if there is none.
    /// Without it two registrations at the same time could get the same name.
    store_outcome ensure_unique();

    /// The index that has refused a document as a duplicate.
    struct culprit {
        enum class kind { id, username, other, untold };
        kind what = kind::untold;
        std::string index; ///< its name or fields, fit for a log
    };
    culprit find_culprit(const mongo_duplicate& refused);

private:
    struct index {
        std::string name;
        std::vector<std::string> fields;
        bool covers_names = false; ///< on { path: 1 } and nothing else
        bool is_unique = false;    ///< for all documents
    };

    static index read(const bson_t& document, const std::string& path);
    mongo_client::outcome list(std::vector<index>& found);
    mongo_client::outcome create(bool sparse);
    store_outcome create();

    const mongo_collection& users_;
    const std::string& path_;
};

} // namespace auth
