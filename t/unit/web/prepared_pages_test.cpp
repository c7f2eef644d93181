#include "page_samples.h"

#include "web/prepared_pages.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

const std::string_view names[] = {
    "alice",
    "a.b+c-d@e_f",
    "<script>alert(1)</script>",
    "\"' onload='x",
    "{{USER}}",
    "{{#USER}}{{>CONTENT}}",
    "}}",
    "&amp;",
    "\xc3\xa4 \xe4\xb8\xad",
    "\t\r\n",
    "javascript:",
    "0",
};

/// A site as `common` is: without a user and without messages.
page_model common_site()
{
    page_model model = site_model();
    model.user = {};
    return model;
}

class prepared : public testing::Test
{
protected:
    page_set set{"", builtin_templates};
    page_model common = common_site();
    prepared_pages pages{set, common, all_pages};
};

TEST_F(prepared, pages_are_those_that_would_be_rendered)
{
    std::vector<page_model> models = sample_models();
    models.push_back(common);
    for (const std::string_view name : names) {
        page_model model = common;
        model.user = name;
        models.push_back(model);
    }
    for (const page_model& model : models) {
        for (const page_kind which : all_pages) {
            EXPECT_EQ(pages.render(which, model), set.render(which, model));
        }
    }
}

TEST_F(prepared, pages_for_everybody_are_ready)
{
    for (const page_kind which :
         {page_kind::home, page_kind::login, page_kind::register_form}) {
        const std::string* ready = pages.find_ready(which, common);
        ASSERT_NE(ready, nullptr);
        EXPECT_EQ(*ready, set.render(which, common));
        EXPECT_EQ(pages.find_ready(which, common_site()), ready);
    }
    EXPECT_EQ(pages.find_ready(page_kind::dashboard, common), nullptr);
    EXPECT_EQ(pages.find_ready(page_kind::account, common), nullptr);
}

TEST_F(prepared, no_page_is_ready_for_anything_of_a_request)
{
    std::vector<page_model> others;
    for (const model_field& field : model_fields) {
        page_model model = common;
        field.in(model) = "x";
        others.push_back(model);
    }
    for (const page_row& row : page_table) {
        page_model model = common;
        model.url(row.which) = "/elsewhere";
        others.push_back(model);
    }
    others.push_back(common);
    others.back().status = 403;
    others.push_back(common);
    others.back().password_min += 1;
    others.push_back(common);
    others.back().password_max += 1;

    for (const page_model& other : others) {
        EXPECT_FALSE(other == common);
        for (const page_kind which : all_pages) {
            EXPECT_EQ(pages.find_ready(which, other), nullptr);
            EXPECT_EQ(pages.render(which, other), set.render(which, other));
        }
    }
}

TEST_F(prepared, pages_are_only_those_asked_for)
{
    const prepared_pages few(set, common, {page_kind::login});
    EXPECT_NE(few.find_ready(page_kind::login, common), nullptr);
    EXPECT_EQ(few.find_ready(page_kind::home, common), nullptr);
    EXPECT_EQ(few.render(page_kind::home, common),
              set.render(page_kind::home, common));
    EXPECT_TRUE(few.is_of(common, {page_kind::login}));
    EXPECT_FALSE(few.is_of(common, all_pages));
}

/// The name of the user in places where it is escaped otherwise, or where a
/// page cannot be prepared.
TEST(prepared_pages_of_a_site, escape_the_name_for_each_place)
{
    for (const char* place : {
             "<p title=\"{{USER}}\">{{USER}}</p>",
             "<p title={{USER}}>x</p>",
             "<a href=\"{{USER}}\">x</a>",
             "<a href=\"/u?n={{USER}}\">x</a>",
             "<p onclick=\"f('{{USER}}')\">x</p>",
             "<p>{ {{USER}} }</p>",
             "<p style=\"color: {{USER}}\">x</p>",
             "<pre>\n\n {{USER}}\n</pre>",
             "<textarea>{{USER}}</textarea>",
             "<p>{{#USER}}one{{/USER}}</p>",
             "<p>{{USER:x-none}}</p>",
             "<!-- {{USER}} -->",
         }) {
        const template_folder folder;
        folder.write("dashboard.html",
                     "{{%AUTOESCAPE context=\"HTML\"}}\n" + std::string(place));
        try {
            const page_set set(folder.path(), builtin_templates);
            const prepared_pages pages(set, common_site(), all_pages);
            for (const std::string_view name : names) {
                page_model model = common_site();
                model.user = name;
                EXPECT_EQ(pages.render(page_kind::dashboard, model),
                          set.render(page_kind::dashboard, model))
                    << place;
            }
        } catch (const std::runtime_error&) {
            continue; // a place that the templates may not have
        }
    }
}

/// Values of a configuration that look like a template.
TEST(prepared_pages_of_a_site, show_markers_of_a_configuration_as_they_are)
{
    const page_set set("", builtin_templates);
    for (const std::string_view text :
         {"{{USER}}", "{{#USER}}", "{{", "}}", "{{!", "{{=| |=}}"}) {
        page_model common = common_site();
        common.realm = text;
        const prepared_pages pages(set, common, all_pages);
        page_model model = common;
        model.user = "alice";
        EXPECT_EQ(pages.render(page_kind::dashboard, model),
                  set.render(page_kind::dashboard, model));
    }
}

} // namespace
} // namespace auth
