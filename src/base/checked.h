#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace auth {

/// What has been made of an input, or a sentence that says what is wrong with
/// it and what to do instead.
template <class Value>
using checked = tl::expected<Value, std::string>;

/// The input is refused. A function that returns any checked can return it.
inline tl::unexpected<std::string> refused(std::string sentence)
{
    return tl::unexpected<std::string>(std::move(sentence));
}

} // namespace auth
