#include "web/session_dictionary.h"

#include "web/template_string.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace auth {

namespace {

using ctemplate::TemplateDictionary;

constexpr std::string_view list_section = "SESSIONS";
constexpr std::string_view section = "SESSION";
constexpr std::string_view present = "SESSION_PRESENT";
constexpr std::string_view row_value_names[] = {
    "SESSION_ID",      "SESSION_SINCE",     "SESSION_SINCE_TEXT",
    "SESSION_USED",    "SESSION_USED_TEXT", "SESSION_ADDRESS",
    "SESSION_BROWSER",
};

void set_row_value(TemplateDictionary& dictionary, std::string_view name,
                   std::string_view value)
{
    if (!value.empty()) {
        dictionary.SetValue(to_template_string(name),
                            to_template_string(value));
        dictionary.ShowSection(to_template_string(name));
    }
}

/// 2026-01-02T03:04:05Z as people read it: 2026-01-02 03:04 UTC.
std::string readable(const std::string& time)
{
    constexpr std::size_t date = sizeof "2026-01-02" - 1;
    constexpr std::size_t minutes = sizeof "2026-01-02T03:04" - 1;
    if (time.size() <= minutes) {
        return time;
    }
    return time.substr(0, date) + " " +
           time.substr(date + 1, minutes - date - 1) + " UTC";
}

} // namespace

void fill_sessions(TemplateDictionary& content, const page_model& model)
{
    if (!model.lists_sessions) {
        return;
    }
    TemplateDictionary& list =
        *content.AddSectionDictionary(to_template_string(list_section));
    for (const page_session& each : model.sessions) {
        TemplateDictionary& row =
            *list.AddSectionDictionary(to_template_string(section));
        set_row_value(row, "SESSION_ID", each.id);
        set_row_value(row, "SESSION_SINCE", each.since);
        set_row_value(row, "SESSION_SINCE_TEXT", readable(each.since));
        set_row_value(row, "SESSION_USED", each.last_used);
        set_row_value(row, "SESSION_USED_TEXT", readable(each.last_used));
        set_row_value(row, "SESSION_ADDRESS", each.address);
        set_row_value(row, "SESSION_BROWSER", each.browser);
        if (each.present) {
            row.ShowSection(to_template_string(present));
        }
    }
}

void fill_session_with(TemplateDictionary& content, std::string_view text)
{
    TemplateDictionary& list =
        *content.AddSectionDictionary(to_template_string(list_section));
    TemplateDictionary& row =
        *list.AddSectionDictionary(to_template_string(section));
    for (const std::string_view name : row_value_names) {
        set_row_value(row, name, text);
    }
    row.ShowSection(to_template_string(present));
}

bool is_session_value(std::string_view name)
{
    return std::find(std::begin(row_value_names), std::end(row_value_names),
                     name) != std::end(row_value_names);
}

bool is_session_section(std::string_view name)
{
    return is_session_value(name) || name == list_section || name == section ||
           name == present;
}

} // namespace auth
