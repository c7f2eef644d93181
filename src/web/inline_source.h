#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// What stands between the tags of one <style> or <script>.
struct inline_source {
    bool script = false;
    std::string text;

    bool operator==(const inline_source& other) const
    {
        return script == other.script && text == other.text;
    }
};

/// All of a page, in order, comments left out. Throws std::runtime_error if
/// one has no end.
std::vector<inline_source> find_inline_sources(std::string_view html);

/// A Content-Security-Policy (level 2 and up) that allows these and nothing
/// else inline.
std::string
format_content_security_policy(const std::vector<inline_source>& sources);

} // namespace auth
