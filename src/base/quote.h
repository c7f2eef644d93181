#pragma once

#include <string>
#include <string_view>

namespace auth {

/// A user name as a log line may hold it: in double quotes, cut after 128
/// bytes, every byte that is a control character, a quotation mark, a
/// backslash or no part of valid UTF-8 written as \xHH.
std::string quoted_for_log(std::string_view name);

/// A path or a word of the configuration in double quotes, as it is.
std::string in_quotes(std::string_view text);

} // namespace auth
