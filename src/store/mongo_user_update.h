#pragma once

#include "store/admin_store.h"
#include "store/mongo_document.h"
#include "store/user_schema.h"

namespace auth {

/// Writes the update that makes these changes of a user, whose document is
/// `current`; it may be empty. Fields keep the types that they have.
void write_user_update(const user_schema& schema, const bson_t& current,
                       const user_changes& changes, bson_document& update);

} // namespace auth
