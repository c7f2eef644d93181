// A configuration file of nginx as ngx-auth-admin reads it: statements, blocks
// of realms, and their values.

#include "target.h"
#include "temporary_folder.h"

#include "account/username.h"
#include "admin/failure.h"
#include "admin/nginx_configuration.h"
#include "admin/nginx_syntax.h"
#include "admin/settings.h"

namespace auth::fuzz {

namespace {

using ending = nginx_statement::ending;

/// What the tool says must name the file, or one that it includes.
void check_refusal(const failure& refused, const std::string& path)
{
    const std::string_view text = refused.what();
    const std::string folder = path.substr(0, path.rfind('/'));
    HOLDS(text.find(folder) != text.npos || refused.code() == exit_code::usage);
}

/// A word in quotation marks, as any reader of the syntax takes it.
std::string quoted_word(const std::string& word)
{
    std::string text = "\"";
    for (const char c : word) {
        if (c == '"' || c == '\\') {
            text += '\\';
        }
        text += c;
    }
    return text + "\"";
}

/// The statements up to a mistake, without their nesting; `anew` is the same
/// file, written anew.
std::vector<nginx_statement> read_statements(const std::string& path,
                                             std::string& anew)
{
    std::vector<nginx_statement> statements;
    nginx_file file(path, nullptr);
    for (;;) {
        const nginx_statement statement = file.next();
        HOLDS(statement.file == path && statement.line >= 1);
        HOLDS(statement.words.empty() == (statement.end == ending::file_end ||
                                          statement.end == ending::block_end));
        if (statement.end == ending::file_end) {
            return statements;
        }
        for (const std::string& word : statement.words) {
            anew += quoted_word(word) + " ";
        }
        anew += statement.end == ending::semicolon ? ";\n"
                : statement.end == ending::block   ? "{\n"
                                                   : "}\n";
        statements.push_back(statement);
    }
}

void check_statements(const temporary_folder& folder, const std::string& path)
{
    std::string anew, same;
    const auto statements = read_statements(path, anew);
    const auto again = read_statements(folder.write("anew.conf", anew), same);
    HOLDS(same == anew && again.size() == statements.size());
    for (std::size_t i = 0; i < again.size(); ++i) {
        HOLDS(again[i].end == statements[i].end);
        HOLDS(again[i].words == statements[i].words);
    }
}

void check_skipping(const std::string& path)
{
    nginx_file file(path, nullptr);
    for (;;) {
        const nginx_statement statement = file.next();
        if (statement.end == ending::file_end) {
            return;
        }
        if (statement.end == ending::block) {
            file.skip_block(statement);
        }
    }
}

void check_settings(const std::string& path)
{
    for (const realm_block& realm : read_realm_blocks(path)) {
        HOLDS(realm.start.words.size() == 2);
        command_line asked;
        asked.config = path;
        asked.realm = realm.name == "any" ? "" : realm.name;
        asked.prefix = "/nowhere";
        try {
            const realm_settings read = read_settings(asked);
            HOLDS(read.cost.meets_floor() && read.cost.within_cap());
            HOLDS(read.policy.strength <= 4 && read.policy.min <= 1024);
            HOLDS(!read.store.redacted.empty());
            for (const std::string& name : read.reserved) {
                HOLDS(fold_username(name) == name);
            }
        } catch (const failure& refused) {
            check_refusal(refused, path);
        }
    }
}

template <typename Check>
void refused_or(const std::string& path, Check check)
{
    try {
        check();
    } catch (const failure& refused) {
        check_refusal(refused, path);
    }
}

/// Files that other words name are the machine's, and not of interest here:
/// only "include part.conf" and "file:names" are followed.
bool names_other_files(std::string text)
{
    for (const std::string_view known : {"include part.conf", "file:names"}) {
        for (std::size_t at; (at = text.find(known)) != text.npos;) {
            text.erase(at, known.size());
        }
    }
    return text.find("include") != text.npos ||
           text.find("file:") != text.npos ||
           text.find("part.conf") != text.npos;
}

} // namespace

void run(std::string_view text)
{
    static const temporary_folder folder;
    static const std::string names = folder.write("names", "root Admin\n\tx");
    static const std::string part =
        folder.write("part.conf", "auth_realm part { store sqlite:/x; }");
    const std::string path = folder.write("nginx.conf", text);
    refused_or(path, [&] { check_statements(folder, path); });
    refused_or(path, [&] { check_skipping(path); });
    if (!names_other_files(std::string(text))) {
        refused_or(path, [&] { check_settings(path); });
    }
}

} // namespace auth::fuzz
