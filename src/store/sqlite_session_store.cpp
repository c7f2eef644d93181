#include "store/sqlite_session_store.h"

#include "base/machine_time.h"
#include "store/session_limits.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_session_ending.h"
#include "store/sqlite_session_row.h"
#include "store/sqlite_write.h"

#include <algorithm>
#include <thread>

namespace auth {

namespace {

using code = store_failure::code;

constexpr char insert_session[] =
    "INSERT INTO ngx_auth_sessions (digest, kind, realm, secure, remembered, "
    "user, epoch, "
    "password,"
    " created, seen, until, password_shown, code_shown, address, browser)"
    " VALUES"
    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
    " ON CONFLICT (digest) DO NOTHING";
constexpr char find_session[] =
    "SELECT digest, kind, realm, secure, remembered, user, epoch, password,"
    " created, seen, until, password_shown, code_shown, address, browser"
    " FROM ngx_auth_sessions WHERE digest = ?1";
constexpr char has_session[] =
    "SELECT 1 FROM ngx_auth_sessions WHERE digest = ?1";
constexpr char list_sessions[] =
    "SELECT digest, kind, realm, secure, remembered, user, epoch, password,"
    " created, seen, until, password_shown, code_shown, address, browser"
    " FROM ngx_auth_sessions"
    " WHERE user = ?1 AND realm = coalesce(?2, realm) AND kind = 'login'"
    " AND until > ?3 ORDER BY created DESC, digest DESC";
constexpr char oldest_sessions[] =
    "SELECT digest FROM ngx_auth_sessions"
    " WHERE user = ?1 AND realm = ?2 AND kind = 'login' AND until > ?3"
    " ORDER BY created DESC, digest DESC LIMIT -1 OFFSET ?4";
constexpr char touch_session[] =
    "UPDATE ngx_auth_sessions SET seen = ?2 WHERE digest = ?1 AND seen < ?2";
constexpr char find_revocations[] =
    "SELECT at, session, user, epoch FROM ngx_auth_revocations"
    " WHERE at >= ?1 ORDER BY at, rowid";
constexpr char purge_sessions[] =
    "DELETE FROM ngx_auth_sessions WHERE digest IN"
    " (SELECT digest FROM ngx_auth_sessions WHERE until <= ?1 LIMIT ?2)";
constexpr char purge_revocations[] =
    "DELETE FROM ngx_auth_revocations WHERE rowid IN"
    " (SELECT rowid FROM ngx_auth_revocations WHERE at < ?1 LIMIT ?2)";

/// A transaction of so many rows takes some milliseconds.
constexpr std::size_t rows_at_once = 200;
/// Between two of them, so that others who wait for the lock get it.
constexpr std::chrono::milliseconds pause{5};
/// The rest has time until the next call.
constexpr std::chrono::seconds longest_purge{1};

} // namespace

sqlite_session_store::sqlite_session_store(
    std::shared_ptr<sqlite_database> database)
    : database_(std::move(database))
{}

store_outcome sqlite_session_store::prepare()
{
    sqlite_database::lease connection(*database_);
    store_outcome taken = connection.take(false);
    if (!taken) {
        return taken;
    }
    return check_sqlite_schema(*database_, connection, sqlite_use::write);
}

std::int64_t sqlite_session_store::now() const noexcept
{
    return machine_milliseconds();
}

std::int64_t sqlite_session_store::ahead_ms() const noexcept
{
    return 0;
}

/// Without a table there is nothing to look for.
store_outcome sqlite_session_store::read(
    const std::function<store_outcome(sqlite_database::lease&)>& look)
{
    sqlite_database::lease connection(*database_);
    store_outcome ready = connection.take(true);
    if (ready) {
        ready = check_sqlite_schema(*database_, connection,
                                    sqlite_use::read_sessions);
    }
    if (failure_of(ready) == code::absent) {
        return store_note{};
    }
    if (!ready) {
        return ready;
    }
    return look(connection);
}

store_outcome sqlite_session_store::read(
    const char* sql, const std::function<void(sqlite_query&)>& bind,
    const std::function<void(const sqlite_query&)>& visit)
{
    return read([&](sqlite_database::lease& connection) {
        return query_sqlite(connection, sql, bind, visit);
    });
}

store_outcome sqlite_session_store::insert(const stored_session& session)
{
    if (!can_be_stored(session)) {
        return refuse_session();
    }
    return write_to_sqlite(*database_, [&](sqlite_database::lease& connection) {
        return run_sqlite(connection, insert_session, [&](sqlite_query& query) {
            bind_session(session, query);
        });
    });
}

store_result<stored_session>
sqlite_session_store::find(const sha256_digest& digest)
{
    store_result<stored_session> found = failed(code::absent);
    const store_outcome done = read(
        find_session,
        [&](sqlite_query& query) { query.bind_blob(1, view_of_bytes(digest)); },
        [&](const sqlite_query& row) { found = read_session_row(row); });
    if (!done) {
        return failed(done.error());
    }
    return found;
}

/// Finding each by its key costs less than to compile a query for all.
store_result<std::vector<sha256_digest>>
sqlite_session_store::present(const std::vector<sha256_digest>& sessions)
{
    std::vector<sha256_digest> there;
    const auto look = [&](sqlite_database::lease& connection) {
        store_outcome done = store_note{};
        for (std::size_t i = 0; done && i < sessions.size(); ++i) {
            done = query_sqlite(
                connection, has_session,
                [&](sqlite_query& query) {
                    query.bind_blob(1, view_of_bytes(sessions[i]));
                },
                [&](const sqlite_query&) { there.push_back(sessions[i]); });
        }
        return done;
    };
    const store_outcome done = read(look);
    if (!done) {
        return failed(done.error());
    }
    return there;
}

store_outcome sqlite_session_store::remove(const sha256_digest& digest)
{
    return write_to_sqlite(*database_, [&](sqlite_database::lease& connection) {
        return end_sqlite_session(connection, digest);
    });
}

store_outcome
sqlite_session_store::remove_lower_epochs(const std::string& user_id,
                                          std::int64_t epoch)
{
    return write_to_sqlite(*database_, [&](sqlite_database::lease& connection) {
        return end_lower_sqlite_epochs(connection, user_id, epoch);
    });
}

store_result<std::vector<sha256_digest>>
sqlite_session_store::trim(const std::string& user_id, const std::string& realm,
                           std::size_t limit)
{
    std::vector<sha256_digest> ended;
    const auto bind = [&](sqlite_query& query) {
        query.bind_text(1, user_id);
        query.bind_text(2, realm);
        query.bind_integer(3, now());
        query.bind_integer(4, static_cast<std::int64_t>(limit));
    };
    const auto collect = [&](const sqlite_query& row) {
        sha256_digest digest{};
        if (read_digest(row, 0, digest)) {
            ended.push_back(digest);
        }
    };
    // Mostly there is nothing to do, and a reader waits for nobody.
    store_outcome done = read(oldest_sessions, bind, collect);
    if (done && !ended.empty()) {
        done = write_to_sqlite(
            *database_, [&](sqlite_database::lease& connection) {
                store_outcome each = store_note{};
                for (std::size_t i = 0; each && i < ended.size(); ++i) {
                    each = end_sqlite_session(connection, ended[i]);
                }
                return each;
            });
    }
    if (!done) {
        return failed(done.error());
    }
    return ended;
}

store_result<std::vector<stored_session>>
sqlite_session_store::list(const std::string& user_id,
                           const std::optional<std::string>& realm)
{
    std::vector<stored_session> sessions;
    const store_outcome done = read(
        list_sessions,
        [&](sqlite_query& query) {
            query.bind_text(1, user_id);
            if (realm) {
                query.bind_text(2, *realm);
            }
            query.bind_integer(3, now());
        },
        [&](const sqlite_query& row) {
            if (auto session = read_session_row(row)) {
                sessions.push_back(std::move(*session));
            }
        });
    if (!done) {
        return failed(done.error());
    }
    return sessions;
}

store_outcome sqlite_session_store::touch(const std::vector<session_use>& uses)
{
    store_outcome done = store_note{};
    for (std::size_t at = 0; done && at < uses.size(); at += rows_at_once) {
        const std::size_t end = std::min(at + rows_at_once, uses.size());
        done = write_to_sqlite(
            *database_, [&](sqlite_database::lease& connection) {
                store_outcome each = store_note{};
                for (std::size_t i = at; each && i < end; ++i) {
                    each = run_sqlite(
                        connection, touch_session, [&](sqlite_query& query) {
                            query.bind_blob(1, view_of_bytes(uses[i].digest));
                            query.bind_integer(2, uses[i].seen);
                        });
                }
                return each;
            });
    }
    return done;
}

store_result<std::vector<revocation>>
sqlite_session_store::poll(std::int64_t within_ms)
{
    const clock_jumps::times read_at{now(), steady_milliseconds()};
    const std::int64_t since =
        jumps_.needs_all(read_at) ? 0 : read_at.time_ms - within_ms;
    std::vector<revocation> appended;
    const store_outcome done = read(
        find_revocations,
        [&](sqlite_query& query) { query.bind_integer(1, since); },
        [&](const sqlite_query& row) {
            revocation each;
            if (read_revocation_row(row, each)) {
                appended.push_back(std::move(each));
            }
        });
    if (!done) {
        return failed(done.error());
    }
    jumps_.note(read_at);
    return appended;
}

/// Deletes rows piece by piece: nobody waits long for the write lock.
store_outcome sqlite_session_store::purge(const char* sql, std::int64_t before)
{
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + longest_purge;
    while (true) {
        std::size_t deleted = 0;
        store_outcome done = write_to_sqlite(
            *database_, [&](sqlite_database::lease& connection) {
                store_outcome piece =
                    run_sqlite(connection, sql, [&](sqlite_query& query) {
                        query.bind_integer(1, before);
                        query.bind_integer(2, rows_at_once);
                    });
                deleted = static_cast<std::size_t>(connection->changed_rows());
                return piece;
            });
        if (!done || deleted < rows_at_once || clock::now() >= deadline) {
            return done;
        }
        std::this_thread::sleep_for(pause);
    }
}

store_outcome sqlite_session_store::purge()
{
    store_outcome done = purge(purge_sessions, now());
    return done ? purge(purge_revocations, now() - revocation_life_ms) : done;
}

} // namespace auth
