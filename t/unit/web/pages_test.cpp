#include "html_reader.h"
#include "page_samples.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <thread>

namespace auth {
namespace {

class pages : public testing::Test
{
protected:
    html_reader read(page_kind which, const page_model& model) const
    {
        return html_reader(set.render(which, model));
    }

    page_set set{"", builtin_templates};
    page_model site = site_model();
};

bool shows(const html_reader& html, const std::string& text)
{
    return html.only("body").text.find(text) != std::string::npos;
}

bool links_to(const html_reader& html, const std::string& url)
{
    for (const html_element& element : html.elements()) {
        if (element.get("href") == url || element.get("action") == url) {
            return true;
        }
    }
    return false;
}

std::string focused(const html_reader& html)
{
    std::string id;
    for (const html_element& element : html.elements()) {
        if (element.has("autofocus")) {
            EXPECT_EQ(id, "");
            id = element.get("id");
        }
    }
    return id;
}

TEST_F(pages, are_well_formed_and_accessible)
{
    for (const page_model& model : sample_models()) {
        for (const page_kind which : all_pages) {
            const html_reader html = read(which, model);
            EXPECT_EQ(html.only("html").get("lang"), "en");
            EXPECT_NE(html.only("title").text, "");
            html.only("h1");
            html.only("main");

            std::set<std::string> ids;
            int focus = 0;
            for (const html_element& element : html.elements()) {
                focus += element.has("autofocus") ? 1 : 0;
                if (element.has("id")) {
                    EXPECT_TRUE(ids.insert(element.get("id")).second);
                    EXPECT_NE(element.get("id"), "");
                }
                EXPECT_FALSE(element.has("style"));
            }
            EXPECT_LE(focus, 1);

            std::set<std::string> labelled;
            for (const html_element& label : html.all("label")) {
                labelled.insert(label.get("for"));
            }
            for (const html_element& element : html.elements()) {
                std::istringstream described(element.get("aria-describedby"));
                EXPECT_EQ(element.has("aria-describedby"),
                          element.get("aria-describedby") != "");
                for (std::string id; described >> id;) {
                    EXPECT_EQ(ids.count(id), 1u) << id;
                }
                // What nobody sees needs no label.
                if (element.name == "input" && !element.has("hidden") &&
                    element.get("type") != "hidden") {
                    EXPECT_EQ(labelled.count(element.get("id")), 1u);
                }
            }
        }
    }
}

TEST_F(pages, list_sessions_with_a_form_for_each)
{
    page_model model = site;
    model.user = "alice";
    EXPECT_TRUE(read(page_kind::account, model).all("li").empty());
    model.lists_sessions = true;
    const page_session first = {"0123456789ab",
                                "2026-01-02T03:04:05Z",
                                "2026-01-02T04:05:06Z",
                                "::1",
                                "<b>\"'&",
                                true};
    model.sessions = {first, {}};
    model.sessions[1].id = "ba9876543210";
    const html_reader html = read(page_kind::account, model);
    EXPECT_EQ(html.all("li").size(), 2u);
    EXPECT_TRUE(html.all("b").empty());
    std::vector<std::string> ids;
    for (const html_element& input : html.all("input")) {
        if (input.get("name") == "end_session") {
            ids.push_back(input.get("value"));
        }
    }
    EXPECT_EQ(ids, (std::vector<std::string>{first.id, "ba9876543210"}));
    const auto times = html.all("time");
    EXPECT_EQ(times.at(0).get("datetime"), first.since);
    EXPECT_EQ(times.at(0).text, "2026-01-02 03:04 UTC");
    EXPECT_EQ(times.at(1).get("datetime"), first.last_used);
}

/// The pages of a user who is logged in have a script: a browser that comes
/// back to a page that it has kept asks for it anew. The login page has a
/// script that says that cookies are blocked. No other page needs one.
TEST_F(pages, have_two_scripts)
{
    for (const page_model& model : sample_models()) {
        for (const page_kind which : all_pages) {
            std::size_t anew = 0;
            std::size_t cookies = 0;
            for (const html_element& script :
                 read(which, model).all("script")) {
                EXPECT_TRUE(script.attributes.empty());
                const bool is_anew =
                    script.text.find("pageshow") != std::string::npos;
                anew += is_anew ? 1u : 0u;
                cookies += is_anew ? 0u : 1u;
            }
            EXPECT_EQ(anew, model.user.empty() ? 0u : 1u);
            EXPECT_EQ(cookies, which == page_kind::login ? 1u : 0u);
        }
    }
}

TEST_F(pages, allow_nothing_but_images_their_style_and_their_script)
{
    const std::string policy = set.content_security_policy();
    // what style and script are allowed is in page_set_test.cpp
    EXPECT_EQ(policy.substr(0, policy.find("; style-src")),
              "default-src 'none'; base-uri 'none'; object-src 'none'; "
              "frame-ancestors 'none'; img-src 'self' data:");
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

TEST_F(pages, link_to_nothing_that_is_not_served)
{
    for (const page_kind which : {page_kind::home, page_kind::dashboard,
                                  page_kind::login_needed, page_kind::error}) {
        const html_reader html = read(which, page_model());
        for (const html_element& element : html.elements()) {
            if (element.name == "a" && element.has("href")) {
                EXPECT_EQ(element.get("href"), "#content");
            }
            EXPECT_NE(element.name, "form");
        }
    }

    page_model gate = site;
    gate.url(page_kind::register_form) = gate.url(page_kind::home) =
        gate.url(page_kind::dashboard) = "";
    const html_reader html = read(page_kind::login, gate);
    EXPECT_FALSE(shows(html, "Create an account"));
    EXPECT_TRUE(links_to(read(page_kind::login, site), "/register"));
    EXPECT_TRUE(links_to(read(page_kind::login, site), "/"));
    EXPECT_FALSE(links_to(read(page_kind::register_form, gate), "/"));
}

TEST_F(pages, home_shows_who_is_logged_in)
{
    html_reader html = read(page_kind::home, site);
    EXPECT_TRUE(links_to(html, "/login"));
    EXPECT_TRUE(links_to(html, "/register"));
    EXPECT_FALSE(links_to(html, "/dashboard"));
    EXPECT_FALSE(links_to(html, "/logout"));

    site.user = "alice";
    html = read(page_kind::home, site);
    EXPECT_TRUE(shows(html, "alice"));
    EXPECT_TRUE(links_to(html, "/dashboard"));
    EXPECT_TRUE(links_to(html, "/logout"));
    EXPECT_FALSE(links_to(html, "/login"));
    EXPECT_FALSE(links_to(html, "/register"));
    EXPECT_FALSE(shows(html, "Account"));

    site.url(page_kind::account) = "/account";
    EXPECT_TRUE(links_to(read(page_kind::home, site), "/account"));
}

TEST_F(pages, login_asks_for_name_and_password)
{
    html_reader html = read(page_kind::login, site);
    const html_element form = html.only("form");
    EXPECT_EQ(form.get("method"), "post");
    EXPECT_FALSE(form.has("action")); // a fragment survives the login so

    const html_element username = html.with_id("username");
    EXPECT_EQ(username.get("name"), "username");
    EXPECT_EQ(username.get("autocomplete"), "username");
    EXPECT_EQ(username.get("autocapitalize"), "none");
    EXPECT_EQ(username.get("spellcheck"), "false");
    EXPECT_EQ(username.get("value"), "");

    const html_element password = html.with_id("password");
    EXPECT_EQ(password.get("name"), "password");
    EXPECT_EQ(password.get("type"), "password");
    EXPECT_EQ(password.get("autocomplete"), "current-password");
    EXPECT_FALSE(password.has("value"));
    EXPECT_FALSE(password.has("maxlength"));

    EXPECT_EQ(html.all("input").size(), 2u);
    EXPECT_EQ(focused(html), "username");
    EXPECT_FALSE(shows(html, "Please"));
}

TEST_F(pages, forms_are_sent_where_the_browser_does_not_show_the_page)
{
    site.action = "/login?a&b";
    for (const page_kind which : {page_kind::login, page_kind::register_form}) {
        EXPECT_EQ(read(which, site).only("form").get("action"), "/login?a&b");
    }
    site.user = "alice";
    const auto forms = read(page_kind::account, site).all("form");
    EXPECT_EQ(std::count_if(forms.begin(), forms.end(),
                            [](const html_element& form) {
                                return form.get("action") == "/login?a&b";
                            }),
              2);
}

TEST_F(pages, login_says_what_went_wrong)
{
    site.alert = "Invalid username or password. Please try again.";
    site.username = "alice";
    const html_reader html = read(page_kind::login, site);
    EXPECT_EQ(html.with_id("alert").get("role"), "alert");
    EXPECT_EQ(html.with_id("alert").text, site.alert);
    EXPECT_EQ(html.with_id("username").get("value"), "alice");
    EXPECT_EQ(focused(html), "password");
}

TEST_F(pages, register_says_what_is_wrong_at_the_field)
{
    html_reader html = read(page_kind::register_form, site);
    EXPECT_FALSE(html.only("form").has("action"));
    EXPECT_EQ(html.with_id("password").get("autocomplete"), "new-password");
    EXPECT_EQ(focused(html), "username");
    EXPECT_TRUE(shows(html, "8 characters"));
    EXPECT_FALSE(html.with_id("username").has("aria-invalid"));

    site.username = "alice";
    site.alert = "Username already exists. Please choose a different one.";
    html = read(page_kind::register_form, site);
    EXPECT_EQ(html.with_id("alert").text, site.alert);
    EXPECT_EQ(focused(html), "username");

    site.alert = "";
    site.password_error = "Too short.";
    html = read(page_kind::register_form, site);
    EXPECT_EQ(html.with_id("password-error").text, "Too short.");
    EXPECT_EQ(html.with_id("password").get("aria-invalid"), "true");
    EXPECT_EQ(html.with_id("password").get("aria-describedby"),
              "password-error password-hint");
    EXPECT_EQ(focused(html), "password");
    EXPECT_FALSE(html.with_id("username").has("aria-invalid"));

    site.username_error = "Too long.";
    html = read(page_kind::register_form, site);
    EXPECT_EQ(html.with_id("username-error").text, "Too long.");
    EXPECT_EQ(html.with_id("username").get("value"), "alice");
    EXPECT_EQ(focused(html), "username");
}

TEST_F(pages, forms_carry_next_and_pass_it_on)
{
    for (const page_kind which : {page_kind::login, page_kind::register_form}) {
        for (const html_element& input : read(which, site).all("input")) {
            EXPECT_NE(input.get("name"), "next");
        }
    }

    site.next = "/a?b=c&d=\"e\"";
    for (const page_kind which : {page_kind::login, page_kind::register_form}) {
        std::string next;
        for (const html_element& input : read(which, site).all("input")) {
            if (input.get("type") == "hidden") {
                EXPECT_EQ(input.get("name"), "next");
                next = input.get("value");
            }
        }
        EXPECT_EQ(next, site.next);
    }
    EXPECT_TRUE(links_to(read(page_kind::login, site),
                         "/register?next=/a%3Fb%3Dc%26d%3D%22e%22"));
    site.url(page_kind::login) = "/sign?in";
    EXPECT_TRUE(links_to(read(page_kind::register_form, site),
                         "/sign?in&next=/a%3Fb%3Dc%26d%3D%22e%22"));
}

TEST_F(pages, flash_is_a_status)
{
    site.flash = "Registration successful. Please log in.";
    for (const page_kind which : all_pages) {
        int shown = 0;
        const html_reader html = read(which, site);
        for (const html_element& element : html.elements()) {
            if (element.get("role") == "status") {
                EXPECT_EQ(element.text, site.flash);
                ++shown;
            }
        }
        EXPECT_EQ(shown, 1);
    }
}

TEST_F(pages, dashboard_welcomes)
{
    site.user = "alice";
    const html_reader html = read(page_kind::dashboard, site);
    EXPECT_EQ(html.only("h1").text, "Welcome, alice");
}

TEST_F(pages, logout_has_a_button)
{
    site.user = "alice";
    const html_reader html = read(page_kind::logout, site);
    for (const html_element& form : html.all("form")) {
        EXPECT_EQ(form.get("method"), "post");
        EXPECT_EQ(form.get("action"), "/logout");
    }
    EXPECT_GE(html.all("button").size(), 1u);
}

TEST_F(pages, error_says_what_happened)
{
    site.status = 503;
    site.title = "Service unavailable";
    site.message = "Try again in a minute.";
    const html_reader html = read(page_kind::error, site);
    EXPECT_EQ(html.only("h1").text, site.title);
    EXPECT_TRUE(shows(html, "503"));
    EXPECT_TRUE(shows(html, std::string(site.message)));
    EXPECT_EQ(html.only("title").text, "Service unavailable · site");
    EXPECT_TRUE(links_to(html, "/"));
}

TEST_F(pages, render_in_many_threads)
{
    const std::vector<page_model> models = sample_models();
    const auto render_all = [&] {
        std::string html;
        for (const page_model& model : models) {
            for (const page_kind which : all_pages) {
                html += set.render(which, model);
            }
        }
        return html;
    };

    const std::string expected = render_all();
    std::vector<std::string> results(4);
    std::vector<std::thread> threads;
    for (std::string& result : results) {
        threads.emplace_back([&] { result = render_all(); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const std::string& result : results) {
        EXPECT_EQ(result, expected);
    }
}

} // namespace
} // namespace auth
