#pragma once

#include "store/mongo_collection.h"
#include "store/mongo_query.h"

#include <atomic>
#include <string>

namespace auth {

/// Reads what a majority of the servers has: it tells what has become of a
/// write whose answer was lost. Servers without majority reads are asked
/// without, and once there is a note of it. All functions may be called from
/// several threads at once.
class mongo_settled_reader
{
public:
    struct outcome {
        mongo_failure failure;
        bool present = false; ///< the document is there
        std::string note;     ///< for the log; mostly empty
    };

    /// Reads the one document that matches and calls `visit` with it. After a
    /// failure, or if there is none, what `visit` has read is of no use.
    outcome read(const mongo_collection& from, const bson_document& filter,
                 const bson_document& projection, const mongo_visitor& visit);

private:
    /// As far as known.
    std::atomic<bool> has_majority_reads_{true};
};

/// Whether it makes sense to ask a server after this failure of a write.
bool can_settle(const mongo_failure& failure) noexcept;

} // namespace auth
