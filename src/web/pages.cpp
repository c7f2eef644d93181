#include "web/pages.h"

#include "web/inline_source.h"
#include "web/page_dictionary.h"
#include "web/session_dictionary.h"
#include "web/template_errors.h"
#include "web/template_file.h"

#include "base/require_memory.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <tuple>
#include <vector>

#include <ctemplate/template.h>

namespace auth {

namespace {

using ctemplate::TemplateCache;
using ctemplate::TemplateDictionary;

using page_sessions_filler = std::function<void(TemplateDictionary&)>;

constexpr const char* base_file = "base.html";
constexpr const char* style_file = "style.css";

// Whitespace stays, or the hash of a style would be wrong.
constexpr ctemplate::Strip strip = ctemplate::STRIP_BLANK_LINES;

void add_template(TemplateCache& cache, const std::string& key,
                  const template_file& file)
{
    const error_capture errors;
    if (!cache.StringToTemplateCache(key, file.text, strip)) {
        throw std::runtime_error("template \"" + file.path +
                                 "\": " + errors.message());
    }
}

void require_folder(std::string_view folder)
{
    struct stat status;
    if (stat(std::string(folder).c_str(), &status) != 0 ||
        !S_ISDIR(status.st_mode)) {
        throw std::runtime_error("templates \"" + std::string(folder) +
                                 "\": no such folder");
    }
}

} // namespace

struct page_set::implementation {
    TemplateCache cache;
    std::string content_security_policy;

    std::string expand(page_kind which, TemplateDictionary& dictionary,
                       const page_sessions_filler& fill_sessions) const;
    std::string expand_with(page_kind which, std::string_view text) const;
    std::vector<inline_source> find_sources(page_kind which) const;
};

page_set::page_set(std::string_view folder, std::string_view builtin_folder)
    : implementation_(std::make_unique<implementation>())
{
    TemplateCache& cache = implementation_->cache;
    if (!folder.empty()) {
        require_folder(folder);
    }

    // ctemplate gets the files as strings. It could otherwise read them again
    // later, or not notice that they have changed.
    const template_file style =
        read_template_file(folder, builtin_folder, style_file);
    check_style(style);
    add_template(cache, style_file, style);

    const template_file base =
        read_template_file(folder, builtin_folder, base_file);
    check_template(base, true);
    add_template(cache, base_file, base);

    std::array<std::string, page_count> paths;
    for (const page_row& row : page_table) {
        if (row.file.empty()) {
            continue;
        }
        const std::string name = template_file_name(row.which);
        const template_file file =
            read_template_file(folder, builtin_folder, name);
        check_template(file, false);
        add_template(cache, name, file);
        paths[index_of(row.which)] = file.path;
    }
    cache.Freeze();

    std::vector<inline_source> sources;
    for (const page_row& row : page_table) {
        if (row.file.empty()) {
            continue;
        }
        try {
            const auto found = implementation_->find_sources(row.which);
            sources.insert(sources.end(), found.begin(), found.end());
        } catch (const std::runtime_error& error) {
            throw std::runtime_error("template \"" +
                                     paths[index_of(row.which)] + "\" or \"" +
                                     base.path + "\": " + error.what());
        }
    }
    implementation_->content_security_policy =
        format_content_security_policy(sources);
}

page_set::~page_set() = default;

std::string page_set::render(page_kind which, const page_model& model) const
{
    require_memory();
    TemplateDictionary dictionary("page");
    fill_dictionary(dictionary, which, model);

    return implementation_->expand(which, dictionary,
                                   [&model](TemplateDictionary& content) {
                                       auth::fill_sessions(content, model);
                                   });
}

bool operator==(const page_session& left, const page_session& right) noexcept
{
    const auto values = [](const page_session& session) {
        const auto& [id, since, last_used, address, browser, present] = session;
        return std::tie(id, since, last_used, address, browser, present);
    };
    return values(left) == values(right);
}

bool operator==(const page_model& left, const page_model& right) noexcept
{
    const auto values = [](const page_model& model) {
        // Does not compile if a field is missing here.
        const auto& [realm, user, urls, action, flash, alert, username,
                     username_error, password_error, current_error, next,
                     can_remember, remembered, lists_sessions, sessions,
                     sessions_alert, password_min, password_max, status, title,
                     message] = model;
        return std::tie(realm, user, urls, action, flash, alert, username,
                        username_error, password_error, current_error, next,
                        can_remember, remembered, lists_sessions, sessions,
                        sessions_alert, password_min, password_max, status,
                        title, message);
    };
    return values(left) == values(right);
}

const std::string& page_set::content_security_policy() const noexcept
{
    return implementation_->content_security_policy;
}

std::string page_set::implementation::expand(
    page_kind which, TemplateDictionary& dictionary,
    const page_sessions_filler& fill_sessions) const
{
    TemplateDictionary* content = dictionary.AddIncludeDictionary("CONTENT");
    content->SetFilename(template_file_name(which));
    fill_sessions(*content);
    dictionary.AddIncludeDictionary("STYLE")->SetFilename(style_file);

    std::string html;
    if (!cache.ExpandNoLoad(base_file, strip, &dictionary, nullptr, &html)) {
        throw std::runtime_error("cannot expand " + template_file_name(which));
    }
    return html;
}

std::string page_set::implementation::expand_with(page_kind which,
                                                  std::string_view text) const
{
    TemplateDictionary dictionary("page");
    fill_dictionary_with(dictionary, text);

    return expand(which, dictionary, [text](TemplateDictionary& content) {
        fill_session_with(content, text);
    });
}

/// The inline styles and scripts of a page in which everything is shown. They
/// may not depend on the values of the page, because a hash is that of a whole
/// source.
std::vector<inline_source>
page_set::implementation::find_sources(page_kind which) const
{
    // Digits, because ctemplate writes `null` into a script for other texts.
    auto sources = find_inline_sources(expand_with(which, "1"));
    bool constant = sources == find_inline_sources(expand_with(which, "2"));

    TemplateDictionary nothing("page");
    for (const inline_source& source :
         find_inline_sources(expand(which, nothing, [](auto&) {}))) {
        constant = constant && std::find(sources.begin(), sources.end(),
                                         source) != sources.end();
    }

    if (!constant) {
        throw std::runtime_error("a <style> or <script> has a template marker "
                                 "inside; its hash could not be known");
    }
    return sources;
}

} // namespace auth
