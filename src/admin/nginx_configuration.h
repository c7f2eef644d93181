#pragma once

#include "admin/nginx_syntax.h"

#include <string>
#include <vector>

namespace auth {

/// An auth_realm block: its statements, those of files it includes as well.
struct realm_block {
    nginx_statement start;
    std::string name;
    std::vector<nginx_statement> directives;
};

/// All auth_realm blocks of a configuration and of the files it includes
/// (relative to the folder of the first file, as nginx takes them). nginx is
/// not executed, and other directives are not understood. Throws failure.
std::vector<realm_block> read_realm_blocks(const std::string& path);

} // namespace auth
