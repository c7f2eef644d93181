#pragma once

#include "hash/stored_hash.h"
#include "hash/text_reader.h"

#include <string>
#include <string_view>

namespace auth {

inline constexpr std::size_t longest_salt = 128;

/// The salt of a blank hash.
inline constexpr std::string_view blank_salt = "................";

/// Whether a text can be a salt: 1 to 128 printable ASCII characters.
bool is_salt_text(std::string_view text) noexcept;

/// Reads the end of Werkzeug's hashes: `$SALT$HEX`, with a key of `size` bytes.
/// The salt is the bytes of the text itself.
bool read_werkzeug_fields(text_reader& input, std::size_t size,
                          std::string& salt, hash_bytes& key);

/// Writes the end of a hash, with a blank salt and a key of zeros.
std::string blank_werkzeug_fields(std::size_t size);

} // namespace auth
