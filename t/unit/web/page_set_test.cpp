#include "html_reader.h"
#include "page_samples.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>

namespace auth {
namespace {

const std::string pragma = "{{%AUTOESCAPE context=\"HTML\"}}";

std::string source_hash(const std::string& text)
{
    unsigned char digest[32], base64[64];
    EXPECT_EQ(EVP_Digest(text.data(), text.size(), digest, nullptr,
                         EVP_sha256(), nullptr),
              1);
    EVP_EncodeBlock(base64, digest, sizeof(digest));
    return "'sha256-" + std::string(reinterpret_cast<char*>(base64)) + "'";
}

std::string error_of(const std::string& folder)
{
    try {
        const page_set set(folder, builtin_templates);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

/// What the policy allows in `directive`.
std::set<std::string> allowed(const page_set& set, const std::string& directive)
{
    std::istringstream policy(set.content_security_policy());
    std::set<std::string> sources;
    for (std::string part; std::getline(policy >> std::ws, part, ';');) {
        std::istringstream words(part);
        std::string name;
        words >> name;
        for (std::string source; name == directive && words >> source;) {
            sources.insert(source);
        }
    }
    return sources;
}

std::set<std::string> rendered(const page_set& set, const std::string& element)
{
    std::set<std::string> sources;
    for (const page_model& model : sample_models()) {
        for (const page_kind which : all_pages) {
            const html_reader html(set.render(which, model));
            for (const html_element& found : html.all(element)) {
                sources.insert(source_hash(found.text));
            }
        }
    }
    return sources;
}

TEST(page_set, allows_its_style_and_its_scripts_by_hash)
{
    const page_set set("", builtin_templates);
    EXPECT_EQ(allowed(set, "style-src").size(), 1u);
    EXPECT_EQ(allowed(set, "style-src"), rendered(set, "style"));
    EXPECT_EQ(allowed(set, "script-src").size(), 2u);
    EXPECT_EQ(allowed(set, "script-src"), rendered(set, "script"));
}

/// A browser reads `\r\n` and `\r` as `\n` before it hashes anything.
TEST(page_set, allows_what_browsers_make_of_other_ends_of_lines)
{
    const std::string mark = "\xef\xbb\xbf";
    std::set<std::string> policies;
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        for (const std::string& before : {std::string(), mark}) {
            template_folder folder;
            folder.write("style.css", before + "p {" + end + "i" + end + "}");
            folder.write("home.html", before + pragma + end + "<script>" + end +
                                          "a()" + end + "</script>");
            const page_set set(folder.path(), builtin_templates);
            policies.insert(set.content_security_policy());
            EXPECT_EQ(allowed(set, "style-src"), rendered(set, "style"));
            EXPECT_EQ(allowed(set, "script-src").count(source_hash("\na()\n")),
                      1u);
            const std::string html = set.render(page_kind::home, site_model());
            EXPECT_EQ(html.find('\r'), std::string::npos);
            EXPECT_EQ(html.find(mark), std::string::npos);
        }
    }
    EXPECT_EQ(policies.size(), 1u);
}

TEST(page_set, allows_the_styles_and_scripts_of_a_site)
{
    template_folder folder;
    folder.write("style.css", "body { color: red }\n\n\n/* é */");
    folder.write("home.html",
                 pragma + "<h1>Home</h1>\n<style media=\"a>b\">\n\n p {}"
                          "</style>\n<script>\n  if (1 < 2) { x(\"</p>\") }\n"
                          "</script>\n<!-- <script>no</script> -->");
    folder.write("error.html",
                 pragma + "{{#MESSAGE}}<script>y()</script>{{/MESSAGE}}"
                          "{{#ANONYMOUS}}<STYLE>i {}</STYLE\n>{{/ANONYMOUS}}");
    folder.write("login.html", pragma + "<SCRIPT>z()</SCRIPT>");
    const page_set set(folder.path(), builtin_templates);

    EXPECT_EQ(allowed(set, "style-src").size(), 3u);
    EXPECT_EQ(allowed(set, "style-src").count(source_hash("i {}")), 1u);
    EXPECT_EQ(allowed(set, "script-src").size(), 4u); // and base.html's
    EXPECT_EQ(allowed(set, "script-src").count(source_hash("y()")), 1u);
    EXPECT_EQ(allowed(set, "script-src").count(source_hash("z()")), 1u);
    EXPECT_EQ(allowed(set, "script-src")
                  .count(source_hash("\n  if (1 < 2) { x(\"</p>\") }\n")),
              1u);

    const std::string html = set.render(page_kind::home, site_model());
    const std::size_t start = html.find("<style>") + 7;
    EXPECT_EQ(allowed(set, "style-src")
                  .count(source_hash(
                      html.substr(start, html.find("</style", start) - start))),
              1u);
}

TEST(page_set, allows_nothing_where_a_site_has_none)
{
    template_folder folder;
    folder.write("base.html", pragma + "{{>CONTENT}}");
    for (const auto& file :
         std::filesystem::directory_iterator(builtin_templates)) {
        if (file.path().extension() == ".html" &&
            file.path().filename() != "base.html") {
            folder.write(file.path().filename(), pragma + "<p>{{USER}}");
        }
    }
    const std::string policy =
        page_set(folder.path(), builtin_templates).content_security_policy();
    EXPECT_EQ(policy.find("style-src"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("script-src"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("default-src 'none'"), 0U) << policy;
}

TEST(page_set, takes_single_files_from_a_folder)
{
    template_folder folder;
    folder.write("dashboard.html", pragma + "<h1>Hi {{USER}}</h1>\n");
    const page_set own(folder.path(), builtin_templates);
    const page_set builtin("", builtin_templates);

    page_model model = site_model();
    model.user = "alice";
    EXPECT_EQ(
        html_reader(own.render(page_kind::dashboard, model)).only("h1").text,
        "Hi alice");
    EXPECT_EQ(own.render(page_kind::home, model),
              builtin.render(page_kind::home, model));
    EXPECT_EQ(own.content_security_policy(), builtin.content_security_policy());
}

TEST(page_set, reads_its_files_once)
{
    template_folder folder;
    folder.write("home.html", pragma + "<h1>old</h1>");
    const page_set old_set(folder.path(), builtin_templates);
    folder.write("home.html", pragma + "<h1>new</h1>");
    const page_set new_set(folder.path(), builtin_templates);

    template_folder other;
    other.write("home.html", pragma + "<h1>other</h1>");
    const page_set other_set(other.path(), builtin_templates);
    std::filesystem::remove_all(folder.path());

    const auto heading = [](const page_set& set) {
        return html_reader(set.render(page_kind::home, site_model()))
            .only("h1")
            .text;
    };
    EXPECT_EQ(heading(old_set), "old");
    EXPECT_EQ(heading(new_set), "new");
    EXPECT_EQ(heading(other_set), "other");
}

TEST(page_set, outlives_a_neighbour)
{
    auto first = std::make_unique<page_set>("", builtin_templates);
    const page_set second("", builtin_templates);
    const std::string html = second.render(page_kind::login, site_model());
    first.reset();
    EXPECT_EQ(second.render(page_kind::login, site_model()), html);
}

struct broken_template {
    const char* file;
    std::string text;
    const char* message;
};

TEST(page_set, refuses_broken_templates)
{
    const std::string content = "{{>CONTENT}}";
    const broken_template cases[] = {
        {"login.html", "", "must begin with " /* the pragma */},
        {"login.html", "<p>", "must begin with "},
        {"login.html", "\n" + pragma, "must begin with "},
        {"login.html", "{{%AUTOESCAPE context=\"JSON\"}}", "must begin with "},
        {"login.html", "{{%AUTOESCAPE}}", "must begin with "},
        {"base.html", content, "must begin with "},
        {"base.html", pragma + "<p>", "must include the page"},
        {"base.html", pragma + "{{! >CONTENT}}", "must include the page"},
        {"login.html", pragma + pragma, "line 1"},
        {"login.html", pragma + "\n\n<p>{{USERNME}}", "line 3: {{USERNME}}"},
        {"login.html", pragma + "{{#USERS}}{{/USERS}}", "{{#USERS}}"},
        {"login.html", pragma + "{{ USER }}", "is no value"},
        {"login.html", pragma + "{{}}", "is no value"},
        {"login.html", pragma + "{{LOGIN_PAGE}}", "is no value"},
        {"login.html", pragma + "{{USER:none}}", "escaping off"},
        {"login.html", pragma + "{{USER:h:none}}", "escaping off"},
        {"login.html", pragma + "<p onclick=\"x('{{USER:o}}')\">",
         "leave out `:o`"},
        {"login.html", pragma + "{{USER:json_escape:h}}", "escaping off"},
        {"login.html", pragma + "{{=<% %>=}}", "delimiters"},
        {"login.html", pragma + content, "is no include"},
        {"base.html", pragma + content + "{{>OTHER}}", "is no include"},
        {"login.html", pragma + "{{USER", "has no }}"},
        {"login.html", pragma + "{{! comment", "has no }}"},
        {"login.html", pragma + "{{#USER}}", "before all sections were closed"},
        {"login.html", pragma + "{{/USER}}", "different section"},
        {"login.html", pragma + "{{#USER}}{{#NEXT}}{{/USER}}{{/NEXT}}",
         "different section"},
        {"login.html", pragma + "{{USER:nonsense}}", "Unknown modifier"},
        {"login.html", pragma + "<a href={{NEXT}}>", "enclosed in quotes"},
        {"login.html", pragma + "<a <b>{{USER}}", "Failed parsing: <a <b>"},
        {"login.html", pragma + "<style>p { color: {{REALM}} }</style>",
         "marker inside"},
        {"login.html", pragma + "<script>x = '{{REALM}}'</script>",
         "marker inside"},
        {"login.html", pragma + "<script>x = {{STATUS}}</script>",
         "marker inside"},
        {"login.html", pragma + "<style>a {{#USER}}b{{/USER}}</style>",
         "marker inside"},
        {"login.html", pragma + "<style>p {", "without end"},
        {"login.html", pragma + "<script>", "without end"},
        {"base.html", pragma + content + "<style media='a", "without end"},
        {"login.html", pragma + "<a <b " + std::string(300, 'x') + ">{{USER}}",
         "xxx …"},
        {"style.css", "p { color: {{REALM}} }", "plain CSS"},
        {"style.css", "p {} </STYLE ><script>", "must not hold </style"},
        {"login.html", std::string(1024 * 1024 + 1, ' '), "larger than 1024k"},
        {"login.html", pragma + "\n<p>caf\xe9</p>", "line 2: is not UTF-8"},
        {"login.html", pragma + "\r\n\r\n\xc3", "line 3: is not UTF-8"},
        {"style.css", "/*\n\n\xe9 */", "line 3: is not UTF-8"},
        {"style.css", "\xff\xfe" + std::string("p\0", 2),
         "line 1: is not UTF-8"},
        {"login.html", pragma + "\n" + std::string(1, '\0'),
         "line 2: holds a NUL"},
    };

    for (const broken_template& each : cases) {
        template_folder folder;
        folder.write(each.file, each.text);
        const std::string error = error_of(folder.path());
        EXPECT_NE(error.find(each.message), std::string::npos)
            << each.text.substr(0, 80) << "\n gives: " << error;
        EXPECT_NE(error.find(folder.path() + "/" + each.file),
                  std::string::npos)
            << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
        EXPECT_LT(error.size(), 500u);
    }
}

TEST(page_set, takes_unusual_templates_that_are_right)
{
    for (const std::string& text :
         {std::string("{{! comment }}{{BI_SPACE}}{{BI_NEWLINE}}"),
          std::string("{{{USER}}}"), std::string("{ {} }}"),
          std::string("{{USER:h}}{{USER:u}}"),
          std::string("{{#ANONYMOUS}}{{#FOCUS_USERNAME}}x{{/FOCUS_USERNAME}}"
                      "{{/ANONYMOUS}}"),
          std::string("<textarea>{{USER}}</textarea><!-- {{USER}} -->"),
          std::string("<script src=\"/x.js\"></script>")}) {
        template_folder folder;
        folder.write("home.html", pragma + text);
        EXPECT_EQ(error_of(folder.path()), "") << text;
    }
}

TEST(page_set, refuses_missing_files_and_folders)
{
    EXPECT_NE(error_of("/nonexistent").find("\"/nonexistent\": no such folder"),
              std::string::npos);
    EXPECT_NE(error_of(builtin_templates + "/base.html").find("no such folder"),
              std::string::npos);

    template_folder folder;
    std::filesystem::create_directory(folder.path() + "/home.html");
    EXPECT_NE(error_of(folder.path()).find("is no regular file"),
              std::string::npos);

    template_folder empty;
    EXPECT_THROW(page_set("", empty.path()), std::runtime_error);
    EXPECT_THROW(page_set(empty.path(), empty.path()), std::runtime_error);
    std::filesystem::create_symlink("style.css", empty.path() + "/style.css");
    EXPECT_NE(error_of(empty.path()).find("style.css"), std::string::npos);
}

TEST(page_set, gives_standard_error_back)
{
    std::streambuf* const before = std::cerr.rdbuf();
    template_folder folder;
    folder.write("login.html", pragma + "{{#USER}}");
    EXPECT_NE(error_of(folder.path()), "");
    EXPECT_EQ(std::cerr.rdbuf(), before);
}

} // namespace
} // namespace auth
