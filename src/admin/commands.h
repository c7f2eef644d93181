#pragma once

#include "admin/command_line.h"
#include "admin/settings.h"

namespace auth {

/// Runs the command and prints its result. Throws failure.
void run_command(const command_line& asked, const realm_settings& with);

} // namespace auth
