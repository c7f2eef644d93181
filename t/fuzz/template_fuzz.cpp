// One file of the templates folder: first line its name, then its text. It is
// refused, or whatever a page shows in it is escaped.

#include "target.h"
#include "temporary_folder.h"

#include "web/inline_source.h"
#include "web/pages.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace auth::fuzz {

namespace {

constexpr std::string_view pragma = "{{%AUTOESCAPE context=\"HTML\"}}";

/// The files of the templates folder.
const std::vector<std::string> names = [] {
    std::vector<std::string> files{"base.html", "style.css"};
    for (const page_row& row : page_table) {
        if (!row.file.empty()) {
            files.push_back(std::string(row.file) + ".html");
        }
    }
    return files;
}();

/// What a visitor might type: markup, in every kind of quotes.
constexpr std::string_view hostile = "a'\"><auth-fuzz onx=y>&{{USER}}\n";

/// The files that the input does not give: so short that they cost nothing.
void write_builtin(const temporary_folder& folder)
{
    for (const std::string& name : names) {
        folder.write(name,
                     std::string(pragma) + "<p title=\"{{USER}}\">{{TITLE}}");
    }
    folder.write("base.html", std::string(pragma) +
                                  "<title>{{REALM}}</title>"
                                  "<style>{{>STYLE}}</style>{{>CONTENT}}");
    folder.write("style.css", "p { color: red }");
}

/// Every value is the same text.
page_model model_of(std::string_view text)
{
    page_model model;
    model.realm = model.user = model.flash = model.alert = model.username =
        model.username_error = model.password_error = model.current_error =
            model.next = model.title = model.message = text;
    model.urls.fill(text);
    model.password_min = 8;
    model.password_max = 128;
    return model;
}

std::size_t count(const std::string& text, const std::string& what)
{
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != text.npos;
         at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

/// Every inline style and script is one that the policy allows. (Where
/// sections part one, a browser may have to refuse it.)
void check_policy(const std::string& html, const std::string& policy)
{
    const std::string needed =
        format_content_security_policy(find_inline_sources(html));
    for (const std::string_view source : split(needed, ' ')) {
        const std::string hash(source.substr(0, source.find(';')));
        HOLDS(policy.find(hash) != std::string::npos);
    }
}

/// A value brings no markup with it.
void check_escaping(const std::string& hostile_page,
                    const std::string& harmless_page)
{
    for (const char* markup : {"<auth-fuzz", "\"", "'", "<", ">"}) {
        HOLDS(count(hostile_page, markup) <= count(harmless_page, markup));
    }
}

void check_pages(const page_set& pages, bool has_sections)
{
    for (const page_row& row : page_table) {
        if (row.file.empty()) {
            continue;
        }
        const page_kind which = row.which;
        const std::string shown = pages.render(which, model_of(hostile));
        check_escaping(shown, pages.render(which, model_of("a")));
        if (!has_sections) {
            check_policy(shown, pages.content_security_policy());
            check_policy(pages.render(which, {}),
                         pages.content_security_policy());
        }
    }
}

} // namespace

void run(std::string_view input)
{
    static const temporary_folder builtin, own;
    static const bool written = (write_builtin(builtin), true);
    HOLDS(written);

    const std::string name(take_line(input));
    if (std::find(std::begin(names), std::end(names), name) ==
        std::end(names)) {
        return;
    }
    own.write(name, input);
    try {
        check_pages(page_set(own.path(), builtin.path()),
                    input.find("{{#") != input.npos);
    } catch (const std::runtime_error& error) {
        HOLDS(std::string_view(error.what()).substr(0, 8) == "template");
    }
    own.remove(name);
}

} // namespace auth::fuzz
