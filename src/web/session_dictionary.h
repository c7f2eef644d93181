#pragma once

#include "web/pages.h"

#include <string_view>

#include <ctemplate/template.h>

namespace auth {

// The section SESSIONS of the account page, which holds the section SESSION
// once for each session. Their dictionaries belong to that of the included
// page: a section that is global to all templates cannot repeat.

/// Makes the section SESSIONS if the model has a list.
void fill_sessions(ctemplate::TemplateDictionary& content,
                   const page_model& model);

/// Makes a list of one session in which every value is `text`.
void fill_session_with(ctemplate::TemplateDictionary& content,
                       std::string_view text);

/// As is_template_value() and is_template_section(), for names that have a
/// value in the section SESSION, and for these sections.
bool is_session_value(std::string_view name);
bool is_session_section(std::string_view name);

} // namespace auth
