// The directives of a realm about where its users are, and the files and
// threads that it uses.

#include "settings/realm_directives.h"

#include "base/quote.h"

#include <sys/stat.h>

namespace auth {

namespace {

constexpr const char* store_forms =
    "\"sqlite:PATH\", \"mongodb://HOST/DATABASE\", "
    "\"mongodb+srv://HOST/DATABASE\", \"env:NAME\" or \"file:PATH\"";

constexpr std::size_t shortest_secret = 32;

/// The value; an input that was refused is a wrong setting.
template <class Value>
Value expect(std::string_view title, checked<Value> input)
{
    if (!input) {
        throw setting_error(std::string(title) + input.error());
    }
    return std::move(*input);
}

void read_store(const directive& written, realm_settings& to)
{
    constexpr std::string_view title = "\"store\" directive: ";
    const wiped_string uri = fetch_store_uri(written, title);
    if (uri.find(':') == std::string::npos) {
        throw setting_error(std::string("the \"store\" directive needs ") +
                            store_forms);
    }
    to.store = read_store_uri(uri, written.around(), title);
}

void read_user_collection(const directive& written, realm_settings& to)
{
    to.schema = expect("\"user_collection\" directive: ",
                       with_user_collection(to.schema, written[1]));
}

void read_user_fields(const directive& written, realm_settings& to)
{
    const auto& words = written.words();
    to.schema =
        expect("\"user_fields\" directive: ",
               with_user_fields(to.schema, {words.begin() + 1, words.end()}));
}

void refuse_if_others_can_read(const directive& written, std::string_view path)
{
    const std::string full =
        written.around().full_path(path, base_folder::configuration);
    struct stat about {
    };
    if (stat(full.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0) {
        throw setting_error(
            in_quotes(full) +
            " for the \"secret\" directive can be read by everybody, take "
            "that right away (chmod o-rwx)");
    }
}

void read_secret(const directive& written, realm_settings& to)
{
    if (starts_with(written[1], "file:")) {
        refuse_if_others_can_read(written, written[1].substr(5));
    }
    const auto text = written.source(written[1]);
    if (!text) {
        // Not repeated in the message: it may be the secret itself.
        throw setting_error("the \"secret\" directive needs "
                            "\"file:PATH\" or \"env:NAME\"");
    }
    if (text->size() < shortest_secret) {
        throw setting_error(
            "the \"secret\" directive needs at least 32 bytes, not " +
            std::to_string(text->size()) +
            "; this makes one: head -c 32 /dev/urandom | base64");
    }
    to.secrets.emplace_back(*text);
}

void read_templates(const directive& written, realm_settings& to)
{
    to.templates =
        written.around().full_path(written[1], base_folder::configuration);
}

void read_thread_pool(const directive& written, realm_settings& to)
{
    to.thread_pool = written[1];
}

void read_audit_log(const directive& written, realm_settings& to)
{
    to.audit_log_file.clear();
    if (written[1] == "off") {
        return;
    }
    if (starts_with(written[1], "syslog:") || starts_with(written[1], "|") ||
        written[1].empty() || written[1].find('$') != std::string_view::npos) {
        written.refuse(written[1], "a file's path without variables, or "
                                   "\"off\"");
    }
    to.audit_log_file = written[1];
}

} // namespace

std::vector<realm_directive> store_settings()
{
    return {
        {"store", arguments::one, "", read_store},
        {"user_collection", arguments::one, "users", read_user_collection},
        {"user_fields", arguments::one_or_more,
         "username=username password=password roles=roles disabled=disabled",
         read_user_fields},
        {"secret", arguments::one, "", read_secret, true},
        {"templates", arguments::one, "", read_templates},
        {"thread_pool", arguments::one, "", read_thread_pool},
        {"audit_log", arguments::one, "off", read_audit_log},
    };
}

wiped_string fetch_store_uri(const directive& written, std::string_view title)
{
    if (is_misplaced_uri(written[1])) {
        throw setting_error(std::string(title) + misplaced_uri_problem);
    }
    const auto fetched = written.source(written[1]);
    const std::string_view uri = fetched ? uri_within(*fetched) : written[1];
    if (uri.empty()) {
        throw setting_error("nothing is in what " + in_quotes(written[1]) +
                            " names in the \"store\" directive, put the "
                            "store's URI there");
    }
    return wiped_string(uri);
}

store_uri read_store_uri(std::string_view uri, const surroundings& around,
                         std::string_view title)
{
    std::string path;
    if (starts_with(uri, "sqlite:") && uri.size() > 7 && uri[7] != '/') {
        // As nginx does for its own files.
        path = "sqlite:" + around.full_path(uri.substr(7), base_folder::prefix);
        uri = path;
    }
    store_uri parsed = expect(title, parse_store_uri(uri));
    if (!parsed.notice.empty()) {
        around.warn(std::string(title) + parsed.notice);
    }
    return parsed;
}

} // namespace auth
