#pragma once

#include <string>
#include <string_view>

namespace auth {

/// A file of the templates folder, read whole.
struct template_file {
    std::string path; ///< where it was found, for messages
    std::string text;
};

/// Reads `name` from `folder`, or from `builtin_folder` if `folder` lacks it.
/// It reads as browsers do: it drops a byte order mark, and each line ends with
/// a line feed. Throws std::runtime_error with the path, and with the line that
/// is not UTF-8.
template_file read_template_file(std::string_view folder,
                                 std::string_view builtin_folder,
                                 std::string_view name);

/// Checks what ctemplate does not. The file begins with the AUTOESCAPE pragma
/// for HTML and has no other pragma, keeps the delimiters, leaves escaping on,
/// and uses known names only. base.html includes {{>CONTENT}}, and other files
/// include nothing. Throws std::runtime_error with path and line.
void check_template(const template_file& file, bool is_base);

/// Checks style.css, which goes into the page as it is: it has no template
/// marker and no end tag.
void check_style(const template_file& file);

} // namespace auth
