#include "store/mongo_uri.h"

#include "store/mongo_handles.h"

#include "base/ascii.h"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <new>

namespace auth {

namespace {

// The function that libmongoc calls gets no argument of ours.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
thread_local std::string* caught_lines = nullptr;

/// libmongoc calls it from C, so no exception may leave it.
void handle_log(mongoc_log_level_t, const char*, const char* message,
                void*) noexcept
{
    try {
        if (caught_lines && caught_lines->empty()) {
            *caught_lines = message;
        }
    } catch (const std::bad_alloc&) { // NOLINT(bugprone-empty-catch)
        // One reason less is told.
    }
}

/// libmongoc's sentences hold the offending value, which may be a secret. It is
/// at the end in double quotes (tlsCertificateKeyFilePassword), behind the name
/// of an option in single quotes (its older spelling), or the subject.
std::string without_values(std::string_view sentence)
{
    for (const std::string_view subject : {"Username \"", "Password \""}) {
        if (sentence.substr(0, subject.size()) == subject) {
            return "its user name or password has a character that must be "
                   "escaped: write %3A for \":\" and %25 for \"%\"";
        }
    }
    std::string text(sentence.substr(0, sentence.find(": \"")));
    if (const std::size_t option = text.find('\''); option != text.npos) {
        const std::size_t value = text.find('=', option);
        text.resize(std::min(value, text.size()));
    }
    std::replace_if(
        text.begin(), text.end(),
        [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
    while (!text.empty() && (text.back() == ' ' || text.back() == '.')) {
        text.pop_back();
    }
    return text;
}

/// The parts of a URI behind its scheme.
struct uri_parts {
    explicit uri_parts(std::string_view rest)
    {
        authority = rest.substr(0, rest.find('/'));
        const std::string_view tail = rest.substr(authority.size());
        database = tail.substr(0, tail.find('?'));
        options = tail.substr(database.size());
        database.remove_prefix(database.empty() ? 0 : 1);
        options.remove_prefix(options.empty() ? 0 : 1);
    }
    std::string_view user() const
    {
        return authority.substr(0, authority.find('@') + 1);
    }

    std::string_view authority;
    std::string_view database;
    std::string_view options;
};

/// An unescaped character in a password moves the borders between the parts of
/// a URI. A part of the password would then be used as host, database or
/// option, and be written to logs. A colon moves no border, but libmongoc's
/// sentence about it repeats the password. A backslash hides the next character
/// from libmongoc.
bool has_clear_borders(const uri_parts& parts)
{
    const std::string_view user = parts.user();
    const std::string_view authority = parts.authority;
    return std::count(authority.begin(), authority.end(), '@') <= 1 &&
           std::count(user.begin(), user.end(), ':') <= 1 &&
           authority.find('\\') == authority.npos &&
           parts.database.find('@') == authority.npos &&
           parts.options.find('@') == authority.npos;
}

std::string redact(const mongoc_uri_t& uri)
{
    std::string text;
    if (const char* name = mongoc_uri_get_srv_hostname(&uri)) {
        text = std::string("mongodb+srv://") + name;
    } else {
        text = "mongodb://";
        for (const mongoc_host_list_t* host = mongoc_uri_get_hosts(&uri); host;
             host = host->next) {
            text += host->host_and_port;
            text += host->next ? "," : "";
        }
    }
    return text + "/" + mongoc_uri_get_database(&uri);
}

/// Makes a URI for libmongoc from a URI for PyMongo, in which semicolons may
/// separate options and authMechanism=DEFAULT means none.
wiped_string as_libmongoc_takes_it(std::string_view text,
                                   const uri_parts& parts)
{
    const std::string_view options = parts.options;
    wiped_string uri(text.substr(0, text.size() - options.size()));
    const char separator =
        options.find('&') == options.npos && options.find(';') != options.npos
            ? ';'
            : '&';
    bool is_first = true;
    for (std::size_t at = 0; at < options.size();) {
        const std::size_t end =
            std::min(options.find(separator, at), options.size());
        const std::string_view option = options.substr(at, end - at);
        at = end + 1;
        if (!equal_ignoring_case(option, "authMechanism=DEFAULT")) {
            uri += is_first ? "" : "&";
            uri += option;
            is_first = false;
        }
    }
    return uri;
}

std::string names_no_database(std::string_view text)
{
    // The hosts are left out: the reader has written them.
    bool srv = text.substr(0, 12) == "mongodb+srv:";
    return std::string("the MongoDB URI names no database: append it, as in ") +
           (srv ? "mongodb+srv://" : "mongodb://") + "…/DATABASE" +
           (text.find('?') != text.npos ? "?…" : "");
}

} // namespace

mongo_log_catcher::mongo_log_catcher(std::string& lines) noexcept
{
    caught_lines = &lines;
}

mongo_log_catcher::~mongo_log_catcher()
{
    caught_lines = nullptr;
}

void silence_mongo_log() noexcept
{
    static std::once_flag once;
    std::call_once(once, [] { mongoc_log_set_handler(handle_log, nullptr); });
}

checked<mongo_address> parse_mongo_uri(std::string_view text)
{
    const std::size_t scheme = text.find("://");
    if (scheme == text.npos || text.find('\0') != text.npos) {
        return refused("a MongoDB URI is written mongodb://HOST/DATABASE");
    }
    const uri_parts parts(text.substr(scheme + 3));
    if (!has_clear_borders(parts)) {
        return refused(
            "the MongoDB URI has an \"@\", \":\" or \"\\\" too many: in its "
            "user name and password write %40 for \"@\", %3A for \":\", %2F "
            "for \"/\", %3F for \"?\", %5C for \"\\\", %25 for \"%\", and "
            "%40 in its options");
    }

    // libmongoc would say of these that a host or a name is invalid.
    if (parts.database.empty() &&
        parts.authority.find('?', parts.user().size()) != text.npos) {
        return refused(names_no_database(text));
    }
    if (parts.database.find('.') != text.npos) {
        return refused(
            "the MongoDB URI has a dot in the name of its database: if a "
            "collection is behind it, name that in \"user_collection\"");
    }

    silence_mongo_log();
    const wiped_string taken = as_libmongoc_takes_it(text, parts);
    std::string warning;
    bson_error_t error{};
    mongo_handle<mongoc_uri_t> uri;
    {
        mongo_log_catcher catcher(warning);
        uri.reset(mongoc_uri_new_with_error(taken.c_str(), &error));
    }
    if (!uri) {
        return refused("the MongoDB URI is not valid: " +
                       without_values(error.message));
    }
    const char* database = mongoc_uri_get_database(uri.get());
    if (!database || *database == '\0') {
        return refused(names_no_database(text));
    }
    mongo_address parsed;
    parsed.uri = taken;
    parsed.database = database;
    parsed.redacted = redact(*uri);
    if (!warning.empty()) {
        parsed.notice = "in the MongoDB URI: " + without_values(warning);
    } else if (parts.user().find('+') != text.npos) {
        parsed.notice =
            "in the MongoDB URI: a \"+\" in the user name or password is "
            "a \"+\" here; PyMongo takes it for a space: write %2B or "
            "%20, which all take for the same";
    }
    return parsed;
}

} // namespace auth
