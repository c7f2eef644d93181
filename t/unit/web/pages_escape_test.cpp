#include "html_reader.h"
#include "page_samples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace auth {
namespace {

using namespace std::string_view_literals;

const std::string_view payloads[] = {
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" autofocus onfocus=alert(1) x=\"",
    "' onmouseover='alert(1)",
    "x onmouseover=alert(1) y=",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea></form><form action=//evil.example>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?php",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "&lt;script&gt;",
    "&amp;",
    "&",
    "&quot;",
    "{{USER}}",
    "{{>CONTENT}}",
    "{{%AUTOESCAPE context=\"JSON\"}}",
    "{{#USER}}",
    "`-alert(1)-`",
    "\\\"><script>",
    "%22%3E%3Cscript%3E",
    "\r\n\r\n<script>",
    "\xc2\xa0<b>",
    "\xe2\x80\xa8<b>\xe2\x80\xa9",
    "+ADw-script+AD4-",
    "\xf0\x9f\x98\x80\"'<>&",
    "/x?a=b&c=<d>\"'",
};

/// The scheme of a URL as browsers read it: blanks and controls in front are
/// stripped, tabs and newlines taken out (WHATWG URL, 4.4).
std::string scheme_of(const std::string& url)
{
    std::string scheme;
    for (const char c : url) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' &&
            (scheme.empty() || c == '\t' || c == '\n' || c == '\r')) {
            continue;
        }
        if (c == ':') {
            return scheme;
        }
        if (c == '/' || c == '?' || c == '#') {
            return {};
        }
        scheme += static_cast<char>(std::tolower(byte));
    }

    return {};
}

void check_urls(const html_reader& html, const std::string& what)
{
    for (const html_element& element : html.elements()) {
        for (const char* name : {"href", "action", "src", "formaction"}) {
            const std::string scheme = scheme_of(element.get(name));
            EXPECT_TRUE(scheme.empty() || scheme == "http" ||
                        scheme == "https" ||
                        (scheme == "data" && element.name == "link"))
                << what << ": " << element.get(name);
        }
    }
}

TEST(pages_escape, no_value_changes_what_a_page_is_made_of)
{
    const page_set set("", builtin_templates);

    for (const model_field& field : model_fields) {
        for (const bool logged_in : {false, true}) {
            page_model model = site_model();
            model.user = logged_in ? "alice" : "";
            for (const page_kind which : all_pages) {
                field.in(model) = "/harmless";
                const std::string structure =
                    html_reader(set.render(which, model)).structure();

                for (const std::string_view payload : payloads) {
                    field.in(model) = payload;
                    const std::string what =
                        field.name + " " + std::string(payload);
                    SCOPED_TRACE(what);
                    const html_reader html(set.render(which, model));
                    EXPECT_EQ(html.structure(), structure);
                    check_urls(html, what);
                }
            }
        }
    }
}

TEST(pages_escape, values_are_shown_as_they_are)
{
    const page_set set("", builtin_templates);
    const std::string_view odd = "a<b>&amp;\"'{{USER}}é";

    page_model model = site_model();
    model.user = model.username = model.flash = model.alert = model.title = odd;
    EXPECT_EQ(
        html_reader(set.render(page_kind::dashboard, model)).only("h1").text,
        "Welcome, " + std::string(odd));
    EXPECT_EQ(html_reader(set.render(page_kind::error, model)).only("h1").text,
              odd);

    const html_reader login(set.render(page_kind::login, model));
    EXPECT_EQ(login.with_id("username").get("value"), odd);
    EXPECT_EQ(login.with_id("alert").text, odd);
}

TEST(pages_escape, holds_in_the_templates_of_a_site_too)
{
    template_folder folder;
    folder.write("error.html",
                 "{{%AUTOESCAPE context=\"HTML\"}}<h1 title=\"{{TITLE}}\" "
                 "lang={{TITLE}}>{{TITLE}}</h1><a href=\"{{MESSAGE}}\">x</a>"
                 "<a href=\"/?q={{MESSAGE:u}}\">y</a>");
    const page_set set(folder.path(), builtin_templates);

    page_model model = site_model();
    model.title = model.message = "javascript:\"'<x> y=";
    const std::string html = set.render(page_kind::error, model);
    EXPECT_EQ(html.find("<x>"), std::string::npos);
    EXPECT_EQ(html.find("href=\"javascript"), std::string::npos);
    EXPECT_NE(html.find("title=\"javascript:&quot;&#39;&lt;x&gt; y=\""),
              std::string::npos);
    EXPECT_NE(html.find("?q=javascript%3A%22%27%3Cx%3E+y%3D\""),
              std::string::npos);
    // unquoted: nothing is left that ends the attribute
    const std::size_t lang = html.find("lang=", html.find("<h1")) + 5;
    EXPECT_EQ(
        html.substr(lang, html.find('>', lang) - lang).find_first_of(" \"'<="),
        std::string::npos);
}

} // namespace
} // namespace auth
