#include "web/prepared_pages.h"

#include "web/template_errors.h"

#include "base/require_memory.h"

#include <stdexcept>

#include <ctemplate/template.h>

namespace auth {

namespace {

constexpr const char* frame_name = "frame";
constexpr const char* user_marker = "{{USER}}";

/// Names that are escaped differently in each place of a page: text, attribute,
/// address, script.
constexpr std::string_view trial_users[] = {
    "alice",    "a\"b'c`d",        "<b>&amp;</b>",
    "{{USER}}", "a b\tc/d?e#f",    "javascript:alert(1)",
    "1",        "\xC3\xBC=%20+\\",
};

} // namespace

/// A page in which only the name of the user is missing, as a template.
/// ctemplate finds out how the name is escaped, as it does in the files.
struct prepared_pages::frame {
    ctemplate::TemplateCache cache;
    std::size_t size = 0;

    /// Returns false if this is no template.
    bool parse(const std::string& page)
    {
        const error_capture errors; // a page that looks like markers
        size = page.size();
        const bool parsed = cache.StringToTemplateCache(
            frame_name, "{{%AUTOESCAPE context=\"HTML\"}}" + page,
            ctemplate::DO_NOT_STRIP);
        cache.Freeze();
        return parsed;
    }

    std::string expand(std::string_view user) const
    {
        require_memory();
        ctemplate::TemplateDictionary dictionary("page");
        dictionary.SetValue("USER", {user.data(), user.size()});
        std::string html;
        html.reserve(size + 8 * user.size());
        if (!cache.ExpandNoLoad(frame_name, ctemplate::DO_NOT_STRIP,
                                &dictionary, nullptr, &html)) {
            throw std::runtime_error("cannot expand a page");
        }
        return html;
    }
};

prepared_pages::prepared_pages(const page_set& pages, const page_model& common,
                               const std::vector<page_kind>& which)
    : pages_(pages), common_(common), which_(which)
{
    for (const page_kind page : which) {
        const page_audience audience = row_of(page).audience;
        if (audience != page_audience::members) {
            ready_[index_of(page)] = pages.render(page, common);
        }
        if (audience == page_audience::guests) {
            continue;
        }
        page_model model = common;
        model.user = user_marker;
        auto made = std::make_unique<frame>();
        bool same = made->parse(pages.render(page, model));
        // Not so if the marker itself was escaped, as in an address.
        for (const std::string_view user : trial_users) {
            model.user = user;
            same = same && made->expand(user) == pages.render(page, model);
        }
        if (same) {
            frames_[index_of(page)] = std::move(made);
        }
    }
}

prepared_pages::~prepared_pages() = default;

const std::string*
prepared_pages::find_ready(page_kind which,
                           const page_model& model) const noexcept
{
    const std::string& page = ready_[index_of(which)];
    return !page.empty() && model == common_ ? &page : nullptr;
}

std::string prepared_pages::render(page_kind which,
                                   const page_model& model) const
{
    const auto& prepared = frames_[index_of(which)];
    if (prepared != nullptr && !model.user.empty()) {
        page_model others = model;
        others.user = {};
        if (others == common_) {
            return prepared->expand(model.user);
        }
    }
    return pages_.render(which, model);
}

} // namespace auth
