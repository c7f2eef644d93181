#pragma once

#include "admin/command_line.h"
#include "admin/settings.h"

namespace auth {

/// Does what was asked for and prints what became of it. Throws failure.
void run_command(const command_line& asked, const realm_settings& with);

} // namespace auth
