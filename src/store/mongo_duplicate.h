#pragma once

#include "store/mongo_client.h"

#include <string>
#include <vector>

namespace auth {

/// The unique index by which a server has refused a document, as far as the
/// server says.
struct mongo_duplicate {
    std::vector<std::string> fields; ///< of the index; empty: not said
    std::string index;               ///< its name; empty: not said
};

/// Reads what libmongoc's reply and error say of a duplicate key.
mongo_duplicate read_duplicate(const bson_document& reply,
                               const bson_error_t& error);

/// The name of the index in a server's sentence about a duplicate key; empty if
/// it has none. It leaves out the key behind it, which a person has typed.
std::string find_index_name(std::string_view sentence);

} // namespace auth
