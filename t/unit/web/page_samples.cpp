#include "page_samples.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace auth {

namespace {

std::vector<page_kind> pages_with_a_template()
{
    std::vector<page_kind> pages;
    for (const page_row& row : page_table) {
        if (!row.file.empty()) {
            pages.push_back(row.which);
        }
    }
    return pages;
}

std::vector<model_field> fields_of_a_model()
{
    std::vector<model_field> fields;
    const auto add = [&](const char* name,
                         std::string_view page_model::*field) {
        fields.push_back({name, [field](page_model& model) -> auto& {
                              return model.*field;
    }
});
};
add("realm", &page_model::realm);
add("user", &page_model::user);
for (const page_row& row : page_table) {
    if (!row.default_path.empty()) {
            fields.push_back({std::string(row.name) + "_url",
                              [which = row.which](page_model& model) -> auto& {
                                  return model.url(which);
    }
});
}
}
add("flash", &page_model::flash);
add("alert", &page_model::alert);
add("username", &page_model::username);
add("username_error", &page_model::username_error);
add("password_error", &page_model::password_error);
add("next", &page_model::next);
add("title", &page_model::title);
add("message", &page_model::message);
return fields;
}

} // namespace

const std::vector<page_kind> all_pages = pages_with_a_template();
const std::vector<model_field> model_fields = fields_of_a_model();

page_model site_model()
{
    page_model model;
    model.realm = "site";
    model.url(page_kind::home) = "/";
    model.url(page_kind::register_form) = "/register";
    model.url(page_kind::login) = "/login";
    model.url(page_kind::dashboard) = "/dashboard";
    model.url(page_kind::logout) = "/logout";
    model.password_min = 8;
    model.password_max = 128;
    model.title = "Title";
    model.message = "Message.";
    return model;
}

std::vector<page_model> sample_models()
{
    std::vector<page_model> models = {page_model(), site_model()};

    page_model gate;
    gate.realm = "gate";
    gate.url(page_kind::login) = "/login";
    gate.url(page_kind::logout) = "/logout";
    models.push_back(gate);

    // Each field alone on top of these, then more than one of them.
    for (std::size_t i = 0; i < 3; ++i) {
        for (const model_field& field : model_fields) {
            page_model model = models[i];
            field.in(model) = "/value";
            models.push_back(model);
        }
    }

    page_model full = site_model();
    for (const model_field& field : model_fields) {
        field.in(full) = "/value";
    }
    models.push_back(full);
    full.user = "";
    models.push_back(full);
    full.username_error = "";
    models.push_back(full);
    return models;
}

template_folder::template_folder()
{
    std::string path =
        (std::filesystem::temp_directory_path() / "auth-templates-XXXXXX")
            .string();
    if (mkdtemp(path.data()) == nullptr) {
        throw std::runtime_error("mkdtemp");
    }
    path_ = path;
}

template_folder::~template_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void template_folder::write(const std::string& name,
                            const std::string& text) const
{
    std::ofstream(path_ + "/" + name) << text;
}

} // namespace auth
