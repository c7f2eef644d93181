#pragma once

#include <string>
#include <string_view>

namespace auth {

/// A file of the templates folder, read whole.
struct template_file {
    std::string path; ///< where it was found, for messages
    std::string text;
};

/// Reads `name` from `folder` or, where that lacks it, from `builtin_folder`,
/// as browsers read text: without a byte order mark, lines ended by a line
/// feed. Throws std::runtime_error with the path, and the line of what is no
/// UTF-8.
template_file read_template_file(std::string_view folder,
                                 std::string_view builtin_folder,
                                 std::string_view name);

/// Checks what ctemplate lets pass: that the file begins with the AUTOESCAPE
/// pragma for HTML and has no other, keeps its delimiters, leaves escaping on
/// and uses known names only. base.html includes {{>CONTENT}}, and no other
/// file includes anything. Throws std::runtime_error with path and line.
void check_template(const template_file& file, bool is_base);

/// style.css goes into the page as it stands: no template marker, no end tag.
void check_style(const template_file& file);

} // namespace auth
