#include "store/sqlite_sessions_table.h"

#include <sqlite3.h>

namespace auth {

bool find_missing_of_sessions(sqlite_connection& connection,
                              std::vector<const sessions_object*>& missing)
{
    sqlite3_stmt* statement =
        connection.statement("SELECT 1 FROM sqlite_schema WHERE name = ?1");
    if (statement == nullptr) {
        return false;
    }
    for (const sessions_object& each : sessions_objects) {
        sqlite_query query(statement);
        query.bind_text(1, each.name);
        const int step = query.step();
        if (step == SQLITE_DONE) {
            missing.push_back(&each);
        } else if (step != SQLITE_ROW) {
            return false;
        }
    }
    return true;
}

} // namespace auth
