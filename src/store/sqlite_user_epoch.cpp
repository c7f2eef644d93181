// The writes that raise a user's epoch, and the end of the user's sessions.

#include "store/sqlite_session_ending.h"
#include "store/sqlite_user_store.h"

namespace auth {

namespace {

using code = store_failure::code;

// For SQLite a text and a blob are never equal.
constexpr char replace_user_password[] =
    "UPDATE users SET password = ?2, password_origin = ?5, epoch = ?6"
    " WHERE id = ?1 AND (password = ?3 OR password = ?4) AND epoch = ?7";
constexpr char raise_user_epoch[] =
    "UPDATE users SET epoch = epoch + 1 WHERE id = ?1 AND epoch = ?2";

} // namespace

/// Runs a statement that writes a row that is there unless somebody has changed
/// it meanwhile.
store_outcome sqlite_user_store::update(const char* sql,
                                        const sqlite_binder& bind,
                                        const follow_up& and_then)
{
    store_outcome written = write(sql, bind, and_then);
    if (failure_of(written) == code::absent) {
        written.error().what = code::changed;
    }
    return written;
}

/// Ends the user's sessions of a lower epoch.
sqlite_user_store::follow_up sqlite_user_store::end_below(const std::string& id,
                                                          std::int64_t epoch)
{
    return [&id, epoch](sqlite_database::lease& connection) {
        return end_lower_sqlite_epochs(connection, id, epoch);
    };
}

store_outcome sqlite_user_store::replace_password(const stored_user& user,
                                                  std::string_view new_password,
                                                  std::int64_t new_epoch)
{
    if (new_password.empty()) {
        return failed(code::unusable, "an empty password cannot be stored");
    }
    const auto bind = [&](sqlite_query& query) {
        query.bind_text(1, user.id);
        query.bind_text(2, new_password);
        query.bind_text(3, user.password.view());
        query.bind_blob(4, user.password.view());
        query.bind_text(5, user.password_origin);
        query.bind_integer(6, new_epoch);
        query.bind_integer(7, user.epoch);
    };
    return update(replace_user_password, bind,
                  new_epoch == user.epoch ? follow_up()
                                          : end_below(user.id, new_epoch));
}

store_outcome sqlite_user_store::raise_epoch(const stored_user& user)
{
    const auto bind = [&](sqlite_query& query) {
        query.bind_text(1, user.id);
        query.bind_integer(2, user.epoch);
    };
    return update(raise_user_epoch, bind, end_below(user.id, user.epoch + 1));
}

} // namespace auth
