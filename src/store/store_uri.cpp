#include "store/store_uri.h"

#include "store/mongo_key_id.h"
#include "store/mongo_pool.h"
#include "store/mongo_session_store.h"
#include "store/mongo_user_store.h"
#include "store/sqlite_session_store.h"
#include "store/sqlite_user_store.h"

#include "base/text.h"

namespace auth {

namespace {

checked<store_uri> parse_sqlite_path(std::string_view path)
{
    if (path.empty() || path.back() == '/') {
        return refused("\"sqlite:\" needs a file: write sqlite:PATH, as in "
                       "sqlite:/var/lib/nginx-auth/users.db");
    }
    // In other programs' URIs "//" begins the name of a host.
    if (starts_with(path, "//")) {
        return refused(
            "\"sqlite:\" is followed by a path, not by \"//\": write "
            "sqlite:/var/lib/nginx-auth/users.db");
    }
    if (path == ":memory:" || path.find('\0') != path.npos) {
        return refused(
            "\"sqlite:\" needs a file on disk, which all workers share: "
            "write sqlite:/var/lib/nginx-auth/users.db");
    }
    store_uri parsed;
    parsed.what = store_uri::kind::sqlite;
    parsed.path = path;
    parsed.redacted = "sqlite:" + parsed.path;
    return parsed;
}

std::string_view without_blanks(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const std::size_t start = text.find_first_not_of(blanks);
    return start == text.npos
               ? std::string_view()
               : text.substr(start, text.find_last_not_of(blanks) + 1 - start);
}

/// Whether the text is a line of a file for variables, NAME=URI.
bool is_assignment(std::string_view text)
{
    const std::size_t scheme = text.find("://");
    return text.substr(0, scheme).find('=') != text.npos;
}

mongo_address address_of(const store_uri& uri)
{
    return {uri.uri, uri.database, uri.redacted, {}};
}

} // namespace

std::string_view uri_within(std::string_view text) noexcept
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (starts_with(text, byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    text = without_blanks(text);
    if (text.size() >= 2 && text.front() == text.back() &&
        (text.front() == '"' || text.front() == '\'')) {
        text = without_blanks(text.substr(1, text.size() - 2));
    }
    return text;
}

checked<store_uri> parse_store_uri(std::string_view text)
{
    if (starts_with(text, "sqlite:")) {
        return parse_sqlite_path(text.substr(7));
    }
    if (starts_with(text, "mongodb://") ||
        starts_with(text, "mongodb+srv://")) {
        checked<mongo_address> address = parse_mongo_uri(text);
        if (!address) {
            return refused(address.error());
        }
        store_uri parsed;
        parsed.what = store_uri::kind::mongodb;
        parsed.uri = std::move(address->uri);
        parsed.database = std::move(address->database);
        parsed.redacted = std::move(address->redacted);
        parsed.notice = std::move(address->notice);
        return parsed;
    }
    // The message does not repeat the text, which may hold a password.
    return refused(
        std::string("the store must be sqlite:PATH, mongodb://HOST/DATABASE or "
                    "mongodb+srv://HOST/DATABASE") +
        (is_assignment(text) ? ", without \"NAME=\" or anything else around it"
                             : ""));
}

bool is_misplaced_uri(std::string_view written) noexcept
{
    for (const std::string_view source : {"env:", "file:"}) {
        if (written.substr(0, source.size()) == source) {
            return written.find("://", source.size()) != written.npos;
        }
    }
    return false;
}

std::unique_ptr<admin_store> open_user_store(const store_uri& uri,
                                             const user_schema& schema)
{
    if (uri.what == store_uri::kind::sqlite) {
        return std::make_unique<sqlite_user_store>(uri.path, uri.file);
    }
    return std::make_unique<mongo_user_store>(address_of(uri), schema);
}

opened_store open_store(const store_uri& uri, const user_schema& schema,
                        const session_key_ids& keys)
{
    opened_store opened;
    if (uri.what == store_uri::kind::sqlite) {
        auto database = std::make_shared<sqlite_database>(uri.path, uri.file);
        opened.users = std::make_unique<sqlite_user_store>(database);
        opened.sessions = std::make_shared<sqlite_session_store>(database);
        return opened;
    }
    auto client = std::make_shared<mongo_client>(address_of(uri));
    opened.sessions =
        std::make_shared<mongo_session_store>(client, schema.collection, keys);
    opened.users =
        std::make_unique<mongo_user_store>(client, schema, opened.sessions);
    return opened;
}

store_result<bool> forget_mongo_key(const store_uri& uri,
                                    const user_schema& schema)
{
    return mongo_key_id::forget(
        {std::make_shared<mongo_client>(address_of(uri)), meta_collection},
        schema.collection);
}

void close_store_libraries() noexcept
{
    close_mongo_library();
}

} // namespace auth
