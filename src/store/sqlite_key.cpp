#include "store/sqlite_key.h"

#include "store/sqlite_key_file.h"
#include "store/sqlite_key_id.h"

#include "base/quote.h"

namespace auth {

namespace {

constexpr char remedy[] =
    ": put the key back from the backup of the database; if it is lost, "
    "\"ngx-auth-admin forget-key\" lets nginx take a new key, and everybody "
    "has to log in again";

/// Without the id the key still serves, and the next start tries again.
std::string describe_failed_note(const std::string& detail)
{
    return "cannot note in the database which key it is used with: " + detail;
}

checked<sqlite_key> note(const std::string& database, std::string_view id,
                         sqlite_key key)
{
    const auto kept = note_sqlite_key_id(database, id);
    if (!kept) {
        key.notice = describe_failed_note(kept.error().detail);
    } else if (*kept != id) { // another process was faster
        return refused(describe_other_key(database, key_file_of(database)));
    }
    return key;
}

} // namespace

std::string describe_missing_key(const std::string& database)
{
    return in_quotes(database) + " is used with a key, and " +
           in_quotes(key_file_of(database)) + " is missing" + remedy;
}

std::string describe_other_key(const std::string& database,
                               const std::string& key_file)
{
    return in_quotes(key_file) + " is not the key that " + in_quotes(database) +
           " is used with" + remedy;
}

checked<sqlite_key> prepare_sqlite_key(const std::string& database,
                                       key_id_maker id_of, bool only_look)
{
    const checked<std::string> known = look_up_sqlite_key_id(database);
    checked<wiped_string> text = read_key_file(key_file_of(database));
    if (text && text->empty()) {
        if (!known) { // it may know one
            return refused(known.error() + ", and " +
                           in_quotes(key_file_of(database)) +
                           " is missing: put both back from a backup");
        }
        if (!known->empty()) {
            return refused(describe_missing_key(database));
        }
        if (only_look) {
            return sqlite_key();
        }
        text = make_key_file(key_file_of(database));
    }
    if (!text) {
        return refused(text.error());
    }
    const std::string id = id_of(*text);
    sqlite_key key{std::move(*text), {}};
    if (!known) {
        key.notice = describe_failed_note(known.error());
        return key;
    }
    if (!known->empty() && *known != id) {
        return refused(describe_other_key(database, key_file_of(database)));
    }
    const bool is_noted = only_look || *known == id;
    return is_noted ? std::move(key) : note(database, id, std::move(key));
}

} // namespace auth
