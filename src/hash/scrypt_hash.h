#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string_view>

namespace auth {

/// The hash of Werkzeug's generate_password_hash() with the method `scrypt`:
///
///     scrypt:32768:8:1$SALT$128 hexadecimal digits
///     scrypt$SALT$…, which check_password_hash() takes for the same cost
///
/// It is too costly if N times r times p is over 2^21, r over 32 or p over 16,
/// which is several times the highest recommendation (256 MiB and 0.8 s; an
/// Argon2id hash at the default cost takes 20 ms).
std::unique_ptr<const stored_hash> read_werkzeug_scrypt(std::string_view text,
                                                        hash_fault& fault);

} // namespace auth
