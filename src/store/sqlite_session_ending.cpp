#include "store/sqlite_session_ending.h"

#include "base/machine_time.h"
#include "store/sqlite_write.h"

namespace auth {

namespace {

constexpr char delete_session[] =
    "DELETE FROM ngx_auth_sessions WHERE digest = ?1";
constexpr char delete_lower_epochs[] =
    "DELETE FROM ngx_auth_sessions WHERE user = ?1 AND epoch < ?2";
constexpr char append_session[] =
    "INSERT INTO ngx_auth_revocations (at, session) VALUES (?1, ?2)";
constexpr char append_user[] =
    "INSERT INTO ngx_auth_revocations (at, user, epoch) VALUES (?1, ?2, ?3)";
// So the table stays small also where no nginx keeps sessions in the file and
// calls purge().
constexpr char delete_some_old[] =
    "DELETE FROM ngx_auth_revocations WHERE rowid IN"
    " (SELECT rowid FROM ngx_auth_revocations WHERE at < ?1 LIMIT 10)";

/// Inside of the transaction, whose lock keeps others from appending: the time
/// is that of the last moment before readers see it.
store_outcome append(sqlite_database::lease& connection, const char* sql,
                     const sqlite_binder& bind)
{
    const std::int64_t now = machine_milliseconds();
    store_outcome done = run_sqlite(connection, sql, [&](sqlite_query& query) {
        query.bind_integer(1, now);
        bind(query);
    });
    if (!done) {
        return done;
    }
    return run_sqlite(connection, delete_some_old, [&](sqlite_query& query) {
        query.bind_integer(1, now - revocation_life_ms);
    });
}

} // namespace

store_outcome end_sqlite_session(sqlite_database::lease& connection,
                                 const sha256_digest& digest)
{
    store_outcome done =
        run_sqlite(connection, delete_session, [&](sqlite_query& query) {
            query.bind_blob(1, view_of_bytes(digest));
        });
    if (!done) {
        return done;
    }
    return append(connection, append_session, [&](sqlite_query& query) {
        query.bind_blob(2, view_of_bytes(digest));
    });
}

store_outcome end_lower_sqlite_epochs(sqlite_database::lease& connection,
                                      const std::string& user_id,
                                      std::int64_t epoch)
{
    store_outcome done =
        run_sqlite(connection, delete_lower_epochs, [&](sqlite_query& query) {
            query.bind_text(1, user_id);
            query.bind_integer(2, epoch);
        });
    if (!done) {
        return done;
    }
    return append(connection, append_user, [&](sqlite_query& query) {
        query.bind_text(2, user_id);
        query.bind_integer(3, epoch);
    });
}

} // namespace auth
