#pragma once

#include "web/pages.h"

#include <string>
#include <string_view>

#include <ctemplate/template.h>

namespace auth {

/// A page's file in the templates folder.
std::string template_file_name(page_kind which);

/// Puts everything that templates may show of `model` into `dictionary`. Each
/// value is also a section of the same name, which is there only if the value
/// is not empty.
void fill_dictionary(ctemplate::TemplateDictionary& dictionary, page_kind which,
                     const page_model& model);

/// Gives every value the same text and shows every section, even sections that
/// exclude each other. So the result has everything that a template holds.
void fill_dictionary_with(ctemplate::TemplateDictionary& dictionary,
                          std::string_view text);

/// Whether templates may use this name as a value (it is then a section, too),
/// or as a section.
bool is_template_value(std::string_view name);
bool is_template_section(std::string_view name);

} // namespace auth
