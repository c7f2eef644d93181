#pragma once

#include "web/page_table.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// A session on its user's account page. Times are as utc_time() writes them.
struct page_session {
    std::string id; ///< public_session_id()
    std::string since;
    std::string last_used;
    std::string address;
    std::string browser;
    bool present = false; ///< the session of the request
};

/// What a page shows. All of it is text, which the templates escape. The URL of
/// a page that no location serves is empty, and no link to it is shown.
struct page_model {
    std::string_view realm;
    std::string_view user; ///< the user who is logged in; empty: nobody
    std::array<std::string_view, page_count> urls; ///< of each page
    std::string_view action;   ///< where forms are sent; empty: to the address
                               ///< that the browser shows, fragment included
    std::string_view flash;    ///< a message shown once
    std::string_view alert;    ///< what went wrong with the whole form
    std::string_view username; ///< what was typed
    std::string_view username_error, password_error;
    std::string_view current_error; ///< account: of the current password
    std::string_view next;          ///< where a login leads; empty: not asked
    bool can_remember = false;      ///< login: there is a box to stay logged in
    bool remembered = false;        ///< and it was ticked
    bool lists_sessions = false;    ///< account: there is a list of sessions
    std::vector<page_session> sessions;
    std::string_view sessions_alert; ///< account: why the list is not there
    unsigned password_min = 0, password_max = 0;
    unsigned status = 200; ///< error: status, title and message
    std::string_view title, message;

    std::string_view& url(page_kind which) noexcept
    {
        return urls[index_of(which)];
    }
    std::string_view url(page_kind which) const noexcept
    {
        return urls[index_of(which)];
    }
};

bool operator==(const page_session& left, const page_session& right) noexcept;

/// Whether two models show the same on every page.
bool operator==(const page_model& left, const page_model& right) noexcept;
inline bool operator!=(const page_model& left, const page_model& right) noexcept
{
    return !(left == right);
}

/// The templates of a realm. They are parsed once, before nginx forks.
/// Rendering only reads them, so any process and any thread may do it. Two sets
/// share nothing, and a new set reads its files anew.
///
/// The files are base.html, which includes the page as {{>CONTENT}} and
/// style.css as {{>STYLE}}, and a file for each page. A file that `folder`
/// lacks comes from `builtin_folder`; `folder` may be empty. The constructor
/// throws std::runtime_error, with file and remedy, if a file
///  - is in neither folder, cannot be read, is not UTF-8, or does not parse;
///  - lacks the AUTOESCAPE pragma, or turns escaping off;
///  - uses a name that no page has;
///  - has a template marker in a <style> or <script>, whose hash would be
///  unknown.
class page_set
{
public:
    page_set(std::string_view folder, std::string_view builtin_folder);
    ~page_set();
    page_set(const page_set&) = delete;
    page_set& operator=(const page_set&) = delete;

    /// The page as HTML. Throws std::runtime_error if it cannot be expanded.
    std::string render(page_kind which, const page_model& model) const;

    /// The Content-Security-Policy of every answer, with the hashes of the
    /// inline styles and scripts of all templates.
    const std::string& content_security_policy() const noexcept;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace auth
