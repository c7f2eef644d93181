#pragma once

#include "nginx/realm.h"

namespace auth {

/// Makes the keys of a realm and their ids from its secrets, which are wiped.
/// The first secret signs. Without a secret it does nothing.
void derive_realm_keys(realm& owner);

} // namespace auth
