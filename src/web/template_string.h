#pragma once

#include <ctemplate/template_string.h>
#include <string_view>

namespace auth {

/// The text as ctemplate takes it. It is not copied.
inline ctemplate::TemplateString to_template_string(std::string_view text)
{
    return {text.data(), text.size()};
}

} // namespace auth
