#include "web/page_dictionary.h"

#include "web/url_encoding.h"

#include <algorithm>
#include <array>
#include <string>

namespace auth {

namespace {

using ctemplate::TemplateDictionary;
using ctemplate::TemplateString;

constexpr std::string_view value_names[] = {
    "REALM",         "USER",           "HOME_URL",       "REGISTER_URL",
    "REGISTER_LINK", "LOGIN_URL",      "LOGIN_LINK",     "DASHBOARD_URL",
    "LOGOUT_URL",    "ACCOUNT_URL",    "FLASH",          "ALERT",
    "USERNAME",      "USERNAME_ERROR", "PASSWORD_ERROR", "NEXT",
    "PASSWORD_MIN",  "PASSWORD_MAX",   "STATUS",         "TITLE",
    "MESSAGE",       "CURRENT_ERROR",  "ACTION",
};

// In the order of enum page.
struct page_names {
    const char* file;
    std::string_view section;
};
constexpr std::array<page_names, page_count> pages = {{
    {"home.html", "HOME_PAGE"},
    {"register.html", "REGISTER_PAGE"},
    {"login.html", "LOGIN_PAGE"},
    {"dashboard.html", "DASHBOARD_PAGE"},
    {"logout.html", "LOGOUT_PAGE"},
    {"account.html", "ACCOUNT_PAGE"},
    {"login_needed.html", "LOGIN_NEEDED_PAGE"},
    {"error.html", "ERROR_PAGE"},
}};

constexpr std::string_view anonymous = "ANONYMOUS";
constexpr std::string_view focus_username = "FOCUS_USERNAME";
constexpr std::string_view focus_password = "FOCUS_PASSWORD";
constexpr std::string_view focus_current = "FOCUS_CURRENT";

TemplateString to_template_string(std::string_view text)
{
    return {text.data(), text.size()};
}

// Global to the template, so that the pages that base.html includes see them.
void show_section(TemplateDictionary& dictionary, std::string_view name)
{
    dictionary.ShowTemplateGlobalSection(to_template_string(name));
}

void set_value(TemplateDictionary& dictionary, std::string_view name,
               std::string_view value)
{
    if (value.empty()) {
        return;
    }

    dictionary.SetTemplateGlobalValue(to_template_string(name),
                                      to_template_string(value));
    show_section(dictionary, name);
}

void set_number(TemplateDictionary& dictionary, std::string_view name,
                unsigned value)
{
    if (value != 0) {
        set_value(dictionary, name, std::to_string(value));
    }
}

/// A link to a form that keeps where the visitor wants to go afterwards.
std::string link_with_next(std::string_view url, std::string_view next)
{
    std::string link(url);
    if (!url.empty() && !next.empty()) {
        link += url.find('?') == std::string_view::npos ? '?' : '&';
        link += "next=";
        link += encode_query_value(next);
    }

    return link;
}

/// The field that the visitor has to fill in next.
std::string_view focused_field(page which, const page_model& model)
{
    if (which == page::account) {
        return model.password_error.empty() ? focus_current : focus_password;
    }
    if (!model.username_error.empty() || model.username.empty()) {
        return focus_username;
    }
    if (!model.password_error.empty() || which == page::login) {
        return focus_password;
    }

    return focus_username; // registration: the name was taken
}

} // namespace

const char* template_file_name(page which) noexcept
{
    return pages[static_cast<std::size_t>(which)].file;
}

void fill_dictionary(TemplateDictionary& dictionary, page which,
                     const page_model& model)
{
    set_value(dictionary, "REALM", model.realm);
    set_value(dictionary, "USER", model.user);
    set_value(dictionary, "HOME_URL", model.home_url);
    set_value(dictionary, "REGISTER_URL", model.register_url);
    set_value(dictionary, "REGISTER_LINK",
              link_with_next(model.register_url, model.next));
    set_value(dictionary, "LOGIN_URL", model.login_url);
    set_value(dictionary, "LOGIN_LINK",
              link_with_next(model.login_url, model.next));
    set_value(dictionary, "DASHBOARD_URL", model.dashboard_url);
    set_value(dictionary, "LOGOUT_URL", model.logout_url);
    set_value(dictionary, "ACCOUNT_URL", model.account_url);
    set_value(dictionary, "ACTION", model.action);
    set_value(dictionary, "FLASH", model.flash);
    set_value(dictionary, "ALERT", model.alert);
    set_value(dictionary, "USERNAME", model.username);
    set_value(dictionary, "USERNAME_ERROR", model.username_error);
    set_value(dictionary, "PASSWORD_ERROR", model.password_error);
    set_value(dictionary, "CURRENT_ERROR", model.current_error);
    set_value(dictionary, "NEXT", model.next);
    set_number(dictionary, "PASSWORD_MIN", model.password_min);
    set_number(dictionary, "PASSWORD_MAX", model.password_max);
    set_number(dictionary, "STATUS", model.status);
    set_value(dictionary, "TITLE", model.title);
    set_value(dictionary, "MESSAGE", model.message);

    show_section(dictionary, pages[static_cast<std::size_t>(which)].section);
    show_section(dictionary, focused_field(which, model));
    if (model.user.empty()) {
        show_section(dictionary, anonymous);
    }
}

void fill_dictionary_with(TemplateDictionary& dictionary, std::string_view text)
{
    for (const std::string_view name : value_names) {
        set_value(dictionary, name, text);
    }
    for (const page_names& names : pages) {
        show_section(dictionary, names.section);
    }
    for (const std::string_view name :
         {anonymous, focus_username, focus_password, focus_current}) {
        show_section(dictionary, name);
    }
}

bool is_template_value(std::string_view name) noexcept
{
    return std::find(std::begin(value_names), std::end(value_names), name) !=
           std::end(value_names);
}

bool is_template_section(std::string_view name) noexcept
{
    return is_template_value(name) || name == anonymous ||
           name == focus_username || name == focus_password ||
           name == focus_current ||
           std::any_of(
               pages.begin(), pages.end(),
               [&](const page_names& names) { return names.section == name; });
}

} // namespace auth
