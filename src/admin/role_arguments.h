#pragma once

#include <string>
#include <vector>

namespace auth {

/// The roles of the command line, separated by commas or as arguments, each
/// once. Throws failure if a store, a header or a directive cannot hold them.
std::vector<std::string> read_roles(const std::vector<std::string>& written);

} // namespace auth
