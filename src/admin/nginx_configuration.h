#pragma once

#include "admin/nginx_syntax.h"

#include <string>
#include <vector>

namespace auth {

/// An auth_realm block, with its statements and those of files that it
/// includes.
struct realm_block {
    nginx_statement start;
    std::string name;
    std::vector<nginx_statement> directives;
};

/// All auth_realm blocks of a configuration and of the files that it includes.
/// Relative paths begin at the folder of the first file, as in nginx. This does
/// not run nginx, and skips all other directives. Throws failure.
std::vector<realm_block> read_realm_blocks(const std::string& path);

} // namespace auth
