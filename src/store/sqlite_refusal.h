#pragma once

#include "base/checked.h"
#include "base/quote.h"

#include <cstring>
#include <string>

namespace auth {

/// The sentence that refuses a file or a folder: what is wrong with it, the
/// kernel's error unless that is 0, and what to do.
inline tl::unexpected<std::string> refuse_path(const std::string& problem,
                                               const std::string& path,
                                               int error,
                                               const std::string& remedy)
{
    std::string text = problem + " " + in_quotes(path);
    if (error != 0) {
        text.append(" (").append(std::strerror(error)).append(")");
    }
    return refused(text + ", " + remedy);
}

} // namespace auth
