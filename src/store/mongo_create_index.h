#pragma once

#include "store/mongo_client.h"

namespace auth {

/// Makes an index, which the document describes as the command createIndexes
/// has it. Returns false after an error, which is in `call`.
bool create_mongo_index(const mongo_client::call& call,
                        const bson_document& index);

} // namespace auth
