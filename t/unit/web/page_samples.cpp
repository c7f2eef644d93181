#include "page_samples.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace auth {

const std::vector<model_field> model_fields = {
    {"realm", &page_model::realm},
    {"user", &page_model::user},
    {"home_url", &page_model::home_url},
    {"register_url", &page_model::register_url},
    {"login_url", &page_model::login_url},
    {"dashboard_url", &page_model::dashboard_url},
    {"logout_url", &page_model::logout_url},
    {"account_url", &page_model::account_url},
    {"flash", &page_model::flash},
    {"alert", &page_model::alert},
    {"username", &page_model::username},
    {"username_error", &page_model::username_error},
    {"password_error", &page_model::password_error},
    {"next", &page_model::next},
    {"title", &page_model::title},
    {"message", &page_model::message},
};

page_model site_model()
{
    page_model model;
    model.realm = "site";
    model.home_url = "/";
    model.register_url = "/register";
    model.login_url = "/login";
    model.dashboard_url = "/dashboard";
    model.logout_url = "/logout";
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
    gate.login_url = "/login";
    gate.logout_url = "/logout";
    models.push_back(gate);

    // Each field alone on top of these, then more than one of them.
    for (std::size_t i = 0; i < 3; i++) {
        for (const model_field& field : model_fields) {
            page_model model = models[i];
            model.*field.field = "/value";
            models.push_back(model);
        }
    }

    page_model full = site_model();
    for (const model_field& field : model_fields) {
        full.*field.field = "/value";
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
