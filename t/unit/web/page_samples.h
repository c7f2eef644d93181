#pragma once

#include "web/pages.h"

#include <functional>
#include <string>
#include <vector>

namespace auth {

inline const std::string builtin_templates = AUTH_SOURCE_DIR "/templates";

/// Those that have a template.
extern const std::vector<page_kind> all_pages;

/// A text of page_model.
struct model_field {
    std::string name;
    std::function<std::string_view&(page_model&)> in;
};
extern const std::vector<model_field> model_fields;

/// A site with all pages, seen by somebody who is not logged in.
page_model site_model();

/// Models of everything that pages are given: anonymous or not, with and
/// without each message, on sites with few pages.
std::vector<page_model> sample_models();

/// A folder of templates, gone at the end.
class template_folder
{
public:
    template_folder();
    ~template_folder();
    template_folder(const template_folder&) = delete;
    template_folder& operator=(const template_folder&) = delete;

    const std::string& path() const { return path_; }
    void write(const std::string& name, const std::string& text) const;

private:
    std::string path_;
};

} // namespace auth
