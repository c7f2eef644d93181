#pragma once

#include "admin/command_line.h"

#include "settings/realm_settings.h"

namespace auth {

/// What the command line and a realm's block say together: the store, what is
/// in it, and the rules for new users. Whatever else the block says is left
/// alone. Reads nginx's configuration if the command line says so. Throws
/// failure.
realm_settings read_settings(const command_line& asked);

} // namespace auth
