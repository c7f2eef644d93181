#pragma once

#include "store/mongo_client.h"

#include <string>
#include <vector>

namespace auth {

/// By which unique index a server has refused a document, as far as it says.
struct mongo_duplicate {
    std::vector<std::string> fields; ///< of the index; empty: not said
    std::string index;               ///< its name; empty: not said
};

/// What the library's reply to a write, and its error, say of a duplicate key.
mongo_duplicate read_duplicate(const bson_document& reply,
                               const bson_error_t& error);

/// The index's name in a server's sentence about a duplicate key; empty where
/// it is not there. The key itself, which a person has typed, is behind it.
std::string find_index_name(std::string_view sentence);

} // namespace auth
