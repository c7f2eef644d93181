#pragma once

#include "password_hash.h"

#include "store/secret.h"

namespace auth {

/// A hash that no password is known to match, to be checked where there is
/// none of a user's own, so that the answer takes as long. Making it computes
/// nothing.
///
/// Stores that hold other costs or kinds of hash need dummies like those,
/// picked by the name; this is the place for it.
secret dummy_hash(const hash_cost& cost);

} // namespace auth
