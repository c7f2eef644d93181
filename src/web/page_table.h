#pragma once

// The pages of a site, a row each. A page is its row here, its template and,
// if it takes forms, what nginx/pages/posted_form.cpp does with them.

#include <array>
#include <cstddef>
#include <string_view>

namespace auth {

/// In the order of page_table.
enum class page_kind {
    home,
    register_form,
    login,
    dashboard,
    logout,       ///< "do you want to log out?" with a button
    account,      ///< change the password, end one's other sessions
    check,        ///< for programs: whether there is a session, and whose
    status,       ///< for monitoring: figures of the realm
    login_needed, ///< 401 where nobody is redirected: a link to the login page
    error         ///< every other refusal: 403, 405, 413, 415, 400, 503 …
};

/// To whom a page is shown.
enum class page_audience {
    everybody,
    members, ///< others are sent to the login page
    guests   ///< members are sent where a login would have led them
};

/// A page. Where a text is empty the page lacks what it names.
struct page_row {
    page_kind which;
    /// In `auth_page`. The others are answers that no location serves.
    std::string_view name;
    /// Where links lead in a server that serves the page nowhere; a realm may
    /// say another path by the directive `NAME_url`, and templates have the
    /// value NAME_URL.
    std::string_view default_path;
    /// A file in the templates folder, `FILE.html`, which has a section
    /// FILE_PAGE of its own.
    std::string_view file;
    page_audience audience;
    bool takes_forms;
    bool returned_to; ///< whether a `next` may lead there
};

constexpr auto page_table = [] {
    using kind = page_kind;
    constexpr auto everybody = page_audience::everybody;
    constexpr auto members = page_audience::members;
    constexpr auto guests = page_audience::guests;
    // clang-format off
    //                               name         default path template        audience  forms  next
    return std::array{
        page_row{kind::home,          "home",      "/",         "home",         everybody, false, true},
        page_row{kind::register_form, "register",  "/register", "register",     guests,    true,  false},
        page_row{kind::login,         "login",     "/login",    "login",        guests,    true,  false},
        page_row{kind::dashboard,     "dashboard", "/",         "dashboard",    members,   false, true},
        page_row{kind::logout,        "logout",    "/logout",   "logout",       everybody, true,  false},
        page_row{kind::account,       "account",   "/account",  "account",      members,   true,  true},
        page_row{kind::check,         "check",     "",          "",             everybody, false, true},
        page_row{kind::status,        "status",    "",          "",             everybody, false, false},
        page_row{kind::login_needed,  "",          "",          "login_needed", everybody, false, true},
        page_row{kind::error,         "",          "",          "error",        everybody, false, true},
    };
    // clang-format on
}();
constexpr std::size_t page_count = page_table.size();

constexpr std::size_t index_of(page_kind which) noexcept
{
    return static_cast<std::size_t>(which);
}

constexpr const page_row& row_of(page_kind which) noexcept
{
    return page_table[index_of(which)];
}

constexpr bool is_in_order() noexcept
{
    for (std::size_t i = 0; i < page_count; ++i) {
        if (index_of(page_table[i].which) != i) {
            return false;
        }
    }
    return true;
}
static_assert(is_in_order(), "a row of page_table is out of place");

} // namespace auth
