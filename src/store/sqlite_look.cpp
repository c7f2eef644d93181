#include "store/sqlite_look.h"

#include <sqlite3.h>
#include <unistd.h>

namespace auth {

int look_at_sqlite_file(const std::string& path, bool without_log,
                        const std::function<bool(sqlite_connection&)>& ask)
{
    constexpr int most_tries = 5;
    for (int tries = 1;; ++tries) {
        sqlite_connection connection;
        // Only if there is a log: SQLite would make a missing log.
        const auto mode = !without_log && size_of(path + "-wal") > 0
                              ? sqlite_connection::mode::untouched
                              : sqlite_connection::mode::immutable;
        const int error = connection.open(path, mode, sqlite_deadline());
        if (error == SQLITE_OK && ask(connection)) {
            return SQLITE_OK;
        }
        if (tries == most_tries) {
            return error != SQLITE_OK ? error : connection.last_error();
        }
        usleep(20000);
    }
}

} // namespace auth
