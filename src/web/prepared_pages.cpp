#include "web/prepared_pages.h"

#include <algorithm>

#include <ctemplate/template_modifiers.h>

namespace auth {

namespace {

/// A name that no template escapes, in whose place others are put.
constexpr std::string_view placeholder = "0f6c2bd1a4";

/// Every ASCII character but NUL.
std::string every_character()
{
    std::string all;
    for (char c = 1; c < 127; ++c) {
        all += c;
    }
    return all;
}

/// Names that are escaped differently in each place of a page: text, attribute,
/// address, script.
std::vector<std::string> trial_users()
{
    return {"alice",
            every_character(),
            "a\"b'c`d",
            "<b>&amp;</b>",
            "{{USER}}",
            "a b\tc/d?e#f",
            "javascript:alert(1)",
            "1",
            "\xC3\xBC=%20+\\"};
}

} // namespace

/// A page in which only the name of the user is missing, cut at the places of
/// the name.
class prepared_pages::frame
{
public:
    /// `page` has the placeholder as its user.
    explicit frame(std::string_view page) : size_(page.size())
    {
        for (std::size_t end = page.find(placeholder);
             end != std::string_view::npos; end = page.find(placeholder)) {
            before_names_.emplace_back(page.substr(0, end));
            page.remove_prefix(end + placeholder.size());
        }
        rest_ = page;
    }

    /// The name is escaped as ctemplate does it in text and in quoted
    /// attributes.
    std::string expand(std::string_view user) const
    {
        const std::string name =
            ctemplate::html_escape(user.data(), user.size());
        std::string html;
        html.reserve(size_ + before_names_.size() * name.size());
        for (const std::string& piece : before_names_) {
            html.append(piece).append(name);
        }
        html.append(rest_);
        return html;
    }

private:
    std::size_t size_;
    std::vector<std::string> before_names_; ///< what stands before each name
    std::string rest_;
};

prepared_pages::prepared_pages(const page_set& pages, const page_model& common,
                               const std::vector<page_kind>& which)
    : pages_(pages), common_(common), which_(which)
{
    const std::vector<std::string> users = trial_users();
    for (const page_kind page : which) {
        const page_audience audience = row_of(page).audience;
        if (audience != page_audience::members) {
            ready_[index_of(page)] = pages.render(page, common);
        }
        if (audience == page_audience::guests) {
            continue;
        }
        page_model model = common;
        model.user = placeholder;
        auto fresh = std::make_unique<frame>(pages.render(page, model));
        // Not so if a place of the name is no text and no quoted attribute.
        const bool same =
            std::all_of(users.begin(), users.end(), [&](const auto& user) {
                model.user = user;
                return fresh->expand(user) == pages.render(page, model);
            });
        if (same) {
            frames_[index_of(page)] = std::move(fresh);
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
