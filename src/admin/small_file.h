#pragma once

#include <cstddef>
#include <string>

namespace auth {

/// Reads a regular file of at most `limit` bytes. On failure returns false
/// and says why in `problem`.
bool read_small_file(const std::string& path, std::size_t limit,
                     std::string& text, std::string& problem);

} // namespace auth
