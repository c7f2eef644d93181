#pragma once

#include <string>
#include <string_view>

namespace auth {

/// A user name as a log line may hold it: in double quotes, cut after 128
/// bytes, every byte that is a control character, a quotation mark, a
/// backslash or no part of valid UTF-8 written as \xHH.
std::string quote(std::string_view name);

/// The same for a name that somebody has typed and no user has. People type a
/// password where the name belongs: what could not be registered as a name is
/// not shown, only its length.
std::string quote_unknown(std::string_view name);

} // namespace auth
