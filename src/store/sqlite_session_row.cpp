#include "store/sqlite_session_row.h"

#include "store/session_limits.h"

#include <algorithm>
#include <sqlite3.h>

namespace auth {

namespace {

/// Reads the columns of a row one after the other, and notes whether each has
/// the type that it should have.
class row_reader
{
public:
    explicit row_reader(const sqlite_query& row) noexcept : row_(row) {}

    bool good() const noexcept { return good_; }

    std::string_view text() { return bytes_of(SQLITE_TEXT); }
    std::int64_t number()
    {
        good_ &= row_.type(column_) == SQLITE_INTEGER;
        return row_.integer(column_++);
    }
    std::int64_t from_0_on()
    {
        const std::int64_t value = number();
        good_ &= value >= 0;
        return value;
    }
    bool truth()
    {
        const std::int64_t value = number();
        good_ &= value == 0 || value == 1;
        return value == 1;
    }
    void digest(sha256_digest& into)
    {
        good_ &= read_digest(row_, column_++, into);
    }
    void kind(session_kind& into)
    {
        const std::optional<session_kind> known = session_kind_of(text());
        good_ &= known.has_value();
        into = known.value_or(into);
    }

private:
    std::string_view bytes_of(int type)
    {
        good_ &= row_.type(column_) == type;
        return row_.bytes(column_++);
    }

    const sqlite_query& row_;
    int column_ = 0;
    bool good_ = true;
};

} // namespace

bool read_digest(const sqlite_query& row, int column, sha256_digest& digest)
{
    const std::string_view bytes = row.type(column) == SQLITE_BLOB
                                       ? row.bytes(column)
                                       : std::string_view();
    if (bytes.size() != digest.size()) {
        return false;
    }
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    return true;
}

store_result<stored_session> read_session_row(const sqlite_query& row)
{
    stored_session session;
    row_reader column(row);
    column.digest(session.digest);
    column.kind(session.kind);
    session.realm = column.text();
    session.secure = column.truth();
    session.remembered = column.truth();
    session.user_id = column.text();
    session.epoch = column.from_0_on();
    session.password = static_cast<std::uint64_t>(column.number());
    session.created = column.from_0_on();
    session.seen = column.from_0_on();
    session.until = column.from_0_on();
    session.password_shown = column.from_0_on();
    session.code_shown = column.from_0_on();
    session.address = column.text();
    session.browser = column.text();
    if (!column.good() || !can_be_stored(session)) {
        return failed(store_failure::code::unusable,
                      "a row of table ngx_auth_sessions, which this module "
                      "has not written, is no session: remove it");
    }
    return session;
}

void bind_session(const stored_session& session, sqlite_query& query)
{
    int at = 0;
    query.bind_blob(++at, view_of_bytes(session.digest));
    query.bind_text(++at, name_of(session.kind));
    query.bind_text(++at, session.realm);
    query.bind_integer(++at, session.secure ? 1 : 0);
    query.bind_integer(++at, session.remembered ? 1 : 0);
    query.bind_text(++at, session.user_id);
    query.bind_integer(++at, session.epoch);
    query.bind_integer(++at, static_cast<std::int64_t>(session.password));
    query.bind_integer(++at, session.created);
    query.bind_integer(++at, session.seen);
    query.bind_integer(++at, session.until);
    query.bind_integer(++at, session.password_shown);
    query.bind_integer(++at, session.code_shown);
    query.bind_text(++at, session.address);
    query.bind_text(++at, session.browser);
}

bool read_revocation_row(const sqlite_query& row, revocation& read)
{
    if (row.type(0) != SQLITE_INTEGER) {
        return false;
    }
    read.at = row.integer(0);
    if (row.type(1) != SQLITE_NULL) {
        return read_digest(row, 1, read.session.emplace());
    }
    read.user_id = row.bytes(2);
    read.epoch = row.integer(3);
    return row.type(2) == SQLITE_TEXT && !read.user_id.empty() &&
           row.type(3) == SQLITE_INTEGER && read.epoch >= 0;
}

} // namespace auth
