#pragma once

#include "store/sqlite_database.h"
#include "store/sqlite_owner.h"

namespace auth {

/// The version of table `users` that this module makes and understands
/// (PRAGMA user_version). Further columns do not raise it, so that an older
/// module still works on the file.
constexpr int sqlite_schema_version = 1;

/// Whether table `users` was made by this module, told by the statement that
/// the database keeps of it. A table that lacks some of the optional columns,
/// as earlier modules made it, is ours, too.
bool is_our_users_table(std::string_view create_statement);

/// Whether `name` is that of an index which this module makes.
bool is_our_index(std::string_view name) noexcept;

/// done: table `users` is as this module needs it. absent: the file is empty.
/// Otherwise says why the file cannot be used. Makes what is missing in a
/// file of ours, also when `make_table` is false; then an empty file stays
/// empty. A file of another program stays as it is, byte for byte. Two
/// processes may do so at the same time. Cheap while the schema stays as it
/// was when this connection last looked.
store_answer check_sqlite_schema(sqlite_database& database,
                                 sqlite_database::lease& connection,
                                 bool make_table);

/// The same for a copy in memory that is ours. False after an error.
bool complete_sqlite_copy(sqlite_connection& copy);

} // namespace auth
