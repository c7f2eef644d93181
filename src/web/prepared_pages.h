#pragma once

#include "web/pages.h"

#include <memory>
#include <string>
#include <vector>

namespace auth {

/// The pages of a server, expanded as far as they are known before any request
/// comes. They are made while nginx reads its configuration, and nothing is
/// added later: so nothing of a request can get into them.
///
/// What a page shows beyond `common` decides how it is made:
///  - nothing: it is ready, and always the same;
///  - the user's name: only the name is put in, escaped for its places;
///  - more: page_set::render() makes it.
/// The result is the same as that of page_set::render() in each case.
class prepared_pages
{
public:
    /// `common` is what all pages of a server show: the realm, the links, the
    /// numbers. It has no user. `pages` and the texts of `common` must outlive
    /// this object. Only the pages of `which` are prepared.
    prepared_pages(const page_set& pages, const page_model& common,
                   const std::vector<page_kind>& which);
    ~prepared_pages();
    prepared_pages(const prepared_pages&) = delete;
    prepared_pages& operator=(const prepared_pages&) = delete;

    /// Whether it was made of these.
    bool is_of(const page_model& common,
               const std::vector<page_kind>& which) const noexcept
    {
        return common_ == common && which_ == which;
    }

    /// The page that is ready, if the model shows nothing beyond `common`, else
    /// null. It lives as long as this object.
    const std::string* find_ready(page_kind which,
                                  const page_model& model) const noexcept;

    /// The page as HTML. Throws std::runtime_error if it cannot be expanded.
    std::string render(page_kind which, const page_model& model) const;

private:
    class frame;

    const page_set& pages_;
    page_model common_;
    std::vector<page_kind> which_;
    std::string ready_[page_count];
    std::unique_ptr<frame> frames_[page_count]; ///< with a place for the user
};

} // namespace auth
