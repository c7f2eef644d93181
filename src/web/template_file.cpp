#include "web/template_file.h"

#include "web/page_dictionary.h"
#include "web/url_encoding.h"

#include "base/ascii.h"
#include "base/regular_file.h"
#include "base/utf8.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace auth {

namespace {

constexpr std::size_t max_template_size = 1024 * 1024;
constexpr std::string_view pragma = "%AUTOESCAPE context=\"HTML\"";
constexpr std::string_view open_marker = "{{", close_marker = "}}";

// `none` does not escape. ctemplate takes `o` for good enough in any
// JavaScript, but it leaves the quotes that end an attribute (onclick="…").
constexpr std::string_view unsafe_modifiers[] = {"none", "o", "json_escape"};

[[noreturn]] void fail(const std::string& path, const std::string& what)
{
    throw std::runtime_error("template \"" + path + "\": " + what);
}

std::string line_of(std::string_view text, std::size_t position)
{
    const auto before = text.substr(0, position);
    return "line " +
           std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
}

/// Refuses a text that is not UTF-8, as which the pages are sent.
void check_text(const std::string& path, std::string_view text)
{
    if (const std::size_t good = utf8_prefix(text); good != text.size()) {
        fail(path, line_of(text, good) + ": is not UTF-8, save it in UTF-8");
    }
    if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
        fail(path, line_of(text, nul) + ": holds a NUL byte");
    }
}

/// The text as a browser has it when it hashes a style or a script: without a
/// byte order mark, and with a line feed at the end of each line.
std::string as_browsers_read(std::string_view text)
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) {
        text.remove_prefix(byte_order_mark.size());
    }
    std::string read;
    read.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool crlf = text.substr(i, 2) == "\r\n";
        if (!crlf) {
            read += text[i] == '\r' ? '\n' : text[i];
        }
    }
    return read;
}

/// Returns false if there is no such file.
bool read_file(const std::string& path, std::string& text)
{
    const int error = read_regular_file(path, max_template_size, text);
    if (error != 0 && error != ENOENT) {
        fail(path, describe_file_error(error, max_template_size));
    }
    if (error == ENOENT) {
        return false;
    }
    text = as_browsers_read(text);
    check_text(path, text);
    return true;
}

std::string join_path(std::string_view folder, std::string_view name)
{
    std::string path(folder);
    if (path.empty() || path.back() != '/') {
        path += '/';
    }
    return path.append(name);
}

/// The first modifier of a list as `:a:b=c` that does not escape enough.
std::string find_unsafe(std::string_view modifiers)
{
    const std::string all = std::string(modifiers) + ":";
    for (const std::string_view name : unsafe_modifiers) {
        std::string modifier = ":" + std::string(name);
        if (all.find(modifier + ":") != std::string::npos) {
            return modifier;
        }
    }

    return {};
}

/// A {{marker}}, without its braces.
void check_marker(const template_file& file, std::string_view marker,
                  bool is_base)
{
    const auto position =
        static_cast<std::size_t>(marker.data() - file.text.data());
    const auto fail_here = [&](const std::string& what) {
        fail(file.path, line_of(file.text, position) + ": {{" +
                            std::string(marker.substr(0, 80)) + "}} " + what);
    };

    const char kind = marker.empty() ? '\0' : marker.front();
    const std::string_view name = marker.substr(kind == '\0' ? 0 : 1);
    switch (kind) {
    case '!':
        return;
    case '%':
        return fail_here("may only be the first thing in the file");
    case '=':
        return fail_here("would change the delimiters; {{ and }} are fixed");
    case '>':
        if (!is_base || (name != "CONTENT" && name != "STYLE")) {
            fail_here("is no include; base.html has {{>CONTENT}} and "
                      "{{>STYLE}}");
        }
        return;
    case '#':
    case '/':
        if (!is_template_section(name)) {
            fail_here("is no section that this page can have");
        }
        return;
    default:
        break;
    }

    const std::size_t colon = marker.find(':');
    const std::string_view variable = marker.substr(0, colon);
    if (!is_template_value(variable) && variable != "BI_SPACE" &&
        variable != "BI_NEWLINE") {
        fail_here("is no value that this page can have");
    }
    if (colon != std::string_view::npos) {
        const std::string unsafe = find_unsafe(marker.substr(colon));
        if (!unsafe.empty()) {
            fail_here("turns escaping off; leave out `" + unsafe + "`");
        }
    }
}

} // namespace

template_file read_template_file(std::string_view folder,
                                 std::string_view builtin_folder,
                                 std::string_view name)
{
    template_file file;

    if (!folder.empty()) {
        file.path = join_path(folder, name);
        if (read_file(file.path, file.text)) {
            return file;
        }
    }

    file.path = join_path(builtin_folder, name);
    if (!read_file(file.path, file.text)) {
        fail(file.path, folder.empty()
                            ? "is missing; install the module's templates"
                            : "is missing, and \"" + std::string(folder) +
                                  "\" has none either");
    }
    return file;
}

void check_template(const template_file& file, bool is_base)
{
    const std::string_view text = file.text;
    const std::string first = std::string(open_marker) + std::string(pragma) +
                              std::string(close_marker);
    if (text.substr(0, first.size()) != first) {
        fail(file.path, "must begin with " + first +
                            ", or nothing in it would be escaped");
    }

    bool has_content = false;
    std::size_t start = text.find(open_marker, first.size());
    while (start != std::string_view::npos) {
        // ctemplate reads `{{{NAME}}` as a brace and a marker.
        while (text.substr(start + 1, open_marker.size()) == open_marker) {
            ++start;
        }
        start += open_marker.size();

        const std::size_t end = text.find(close_marker, start);
        if (end == std::string_view::npos) {
            fail(file.path, "a marker has no }}");
        }
        const std::string_view marker = text.substr(start, end - start);
        check_marker(file, marker, is_base);
        has_content = has_content || marker == ">CONTENT";
        start = text.find(open_marker, end + close_marker.size());
    }

    if (is_base && !has_content) {
        fail(file.path, "must include the page with {{>CONTENT}}");
    }
}

void check_style(const template_file& file)
{
    if (file.text.find(open_marker) != std::string::npos) {
        fail(file.path, "is plain CSS, without template markers ({{)");
    }

    if (to_ascii_lower(file.text).find("</style") != std::string::npos) {
        fail(file.path, "must not hold </style");
    }
}

} // namespace auth
