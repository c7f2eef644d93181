#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// The text between the tags of a <style> or a <script>.
struct inline_source {
    bool script = false;
    std::string text;

    bool operator==(const inline_source& other) const
    {
        return script == other.script && text == other.text;
    }
};

/// All styles and scripts of a page in their order, except those in comments.
/// Throws std::runtime_error if a style or script has no end.
std::vector<inline_source> find_inline_sources(std::string_view html);

/// A Content-Security-Policy (level 2 and up) that allows these inline sources
/// and no others.
std::string
format_content_security_policy(const std::vector<inline_source>& sources);

} // namespace auth
