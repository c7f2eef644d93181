#include "web/page_dictionary.h"

#include "web/session_dictionary.h"
#include "web/template_string.h"
#include "web/url_encoding.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace auth {

namespace {

using ctemplate::TemplateDictionary;

constexpr std::string_view value_names[] = {
    "REALM",          "USER",          "REGISTER_LINK",  "LOGIN_LINK", "FLASH",
    "ALERT",          "USERNAME",      "USERNAME_ERROR", "NEXT",       "ACTION",
    "PASSWORD_ERROR", "PASSWORD_MIN",  "PASSWORD_MAX",   "STATUS",     "TITLE",
    "MESSAGE",        "CURRENT_ERROR", "SESSIONS_ALERT",
};

/// A word of a page's row as templates have it: "login" and "_URL" give
/// LOGIN_URL. Nothing of an empty word.
std::string template_name(std::string_view word, std::string_view ending)
{
    std::string name;
    for (const char c : word) {
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name.empty() ? name : name.append(ending);
}

/// The name of a page's address, if links lead there.
std::string url_name(const page_row& row)
{
    return template_name(row.default_path.empty() ? "" : row.name, "_URL");
}

/// The name of the section that only this page has, if it has a template.
std::string section_name(const page_row& row)
{
    return template_name(row.file, "_PAGE");
}

/// Whether a page has the name that `name_of` gives it.
bool is_name_of_page(std::string_view name,
                     std::string (*name_of)(const page_row&))
{
    return !name.empty() &&
           std::any_of(
               std::begin(page_table), std::end(page_table),
               [&](const page_row& row) { return name_of(row) == name; });
}

constexpr std::string_view anonymous = "ANONYMOUS";
constexpr std::string_view focus_username = "FOCUS_USERNAME";
constexpr std::string_view focus_password = "FOCUS_PASSWORD";
constexpr std::string_view focus_current = "FOCUS_CURRENT";
constexpr std::string_view remember = "REMEMBER";
constexpr std::string_view remembered = "REMEMBERED";
/// Besides those of the pages.
constexpr std::string_view section_names[] = {anonymous,      focus_username,
                                              focus_password, focus_current,
                                              remember,       remembered};

// Global to the template, so that the pages that base.html includes see them.
void show_section(TemplateDictionary& dictionary, std::string_view name)
{
    dictionary.ShowTemplateGlobalSection(to_template_string(name));
}

void set_value(TemplateDictionary& dictionary, std::string_view name,
               std::string_view value)
{
    if (name.empty() || value.empty()) {
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
std::string_view focused_field(page_kind which, const page_model& model)
{
    if (which == page_kind::account) {
        return model.password_error.empty() ? focus_current : focus_password;
    }
    if (!model.username_error.empty() || model.username.empty()) {
        return focus_username;
    }
    if (!model.password_error.empty() || which == page_kind::login) {
        return focus_password;
    }

    return focus_username; // registration: the name was taken
}

} // namespace

std::string template_file_name(page_kind which)
{
    return std::string(row_of(which).file) + ".html";
}

void fill_dictionary(TemplateDictionary& dictionary, page_kind which,
                     const page_model& model)
{
    set_value(dictionary, "REALM", model.realm);
    set_value(dictionary, "USER", model.user);
    for (const page_row& row : page_table) {
        set_value(dictionary, url_name(row), model.url(row.which));
    }
    set_value(dictionary, "REGISTER_LINK",
              link_with_next(model.url(page_kind::register_form), model.next));
    set_value(dictionary, "LOGIN_LINK",
              link_with_next(model.url(page_kind::login), model.next));
    set_value(dictionary, "ACTION", model.action);
    set_value(dictionary, "FLASH", model.flash);
    set_value(dictionary, "ALERT", model.alert);
    set_value(dictionary, "USERNAME", model.username);
    set_value(dictionary, "USERNAME_ERROR", model.username_error);
    set_value(dictionary, "PASSWORD_ERROR", model.password_error);
    set_value(dictionary, "CURRENT_ERROR", model.current_error);
    set_value(dictionary, "NEXT", model.next);
    set_value(dictionary, "SESSIONS_ALERT", model.sessions_alert);
    set_number(dictionary, "PASSWORD_MIN", model.password_min);
    set_number(dictionary, "PASSWORD_MAX", model.password_max);
    set_number(dictionary, "STATUS", model.status);
    set_value(dictionary, "TITLE", model.title);
    set_value(dictionary, "MESSAGE", model.message);

    show_section(dictionary, section_name(row_of(which)));
    show_section(dictionary, focused_field(which, model));
    if (model.user.empty()) {
        show_section(dictionary, anonymous);
    }
    if (model.can_remember) {
        show_section(dictionary, remember);
    }
    if (model.remembered) {
        show_section(dictionary, remembered);
    }
}

void fill_dictionary_with(TemplateDictionary& dictionary, std::string_view text)
{
    for (const std::string_view name : value_names) {
        set_value(dictionary, name, text);
    }
    for (const page_row& row : page_table) {
        set_value(dictionary, url_name(row), text);
        if (!row.file.empty()) {
            show_section(dictionary, section_name(row));
        }
    }
    for (const std::string_view name : section_names) {
        show_section(dictionary, name);
    }
}

bool is_template_value(std::string_view name)
{
    return std::find(std::begin(value_names), std::end(value_names), name) !=
               std::end(value_names) ||
           is_session_value(name) || is_name_of_page(name, url_name);
}

bool is_template_section(std::string_view name)
{
    return is_template_value(name) ||
           std::find(std::begin(section_names), std::end(section_names),
                     name) != std::end(section_names) ||
           is_session_section(name) || is_name_of_page(name, section_name);
}

} // namespace auth
