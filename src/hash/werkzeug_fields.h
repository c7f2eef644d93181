#pragma once

#include "hash/stored_hash.h"
#include "hash/text_reader.h"

#include <string>
#include <string_view>

namespace auth {

inline constexpr std::size_t longest_salt = 128;

/// What stands for a salt that is not there, in a blank hash.
inline constexpr std::string_view blank_salt = "................";

/// Whether a salt that is text can be one: 1 to 128 of printable ASCII.
bool is_salt_text(std::string_view text) noexcept;

/// What ends Werkzeug's hashes: `$SALT$HEX` up to the end, with a key of
/// `size` bytes. The salt is the text's own bytes.
bool read_werkzeug_fields(text_reader& input, std::size_t size,
                          std::string& salt, hash_bytes& key);

/// The other way round, with a blank salt and a key of zeros.
std::string blank_werkzeug_fields(std::size_t size);

} // namespace auth
