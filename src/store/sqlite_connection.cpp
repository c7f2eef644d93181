#include "store/sqlite_connection.h"

#include "base/hex.h"

#include <algorithm>
#include <cstdlib>
#include <sqlite3.h>
#include <thread>

namespace auth {

namespace {

struct free_memory {
    // realpath() allocates. NOLINTNEXTLINE(cppcoreguidelines-no-malloc)
    void operator()(char* text) const noexcept { std::free(text); }
};

/// The real path of the file, except that a link in its last part stays.
/// SQLite's own NOFOLLOW refuses links in every part, and so refuses /var/run.
bool resolve_folder(const std::string& path, std::string& resolved)
{
    std::size_t slash = path.rfind('/');
    std::string folder =
        slash == path.npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
    std::string name = slash == path.npos ? path : path.substr(slash + 1);

    std::unique_ptr<char, free_memory> real(realpath(folder.c_str(), nullptr));
    if (!real) {
        return false;
    }
    resolved = real.get();
    if (resolved.back() != '/') {
        resolved += '/';
    }
    resolved += name;
    return true;
}

std::string immutable_uri(const std::string& path)
{
    std::string uri = "file:";
    for (char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            append_percent_escape(uri, c);
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

int open_handle(const std::string& path, sqlite_connection::mode how,
                sqlite3** opened)
{
    constexpr int flags =
        SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    switch (how) {
    case sqlite_connection::mode::shared:
        return sqlite3_open_v2(path.c_str(), opened,
                               flags | SQLITE_OPEN_READWRITE, nullptr);
    case sqlite_connection::mode::untouched:
        return sqlite3_open_v2(path.c_str(), opened,
                               flags | SQLITE_OPEN_READONLY, "unix-none");
    case sqlite_connection::mode::immutable:
        break;
    }
    return sqlite3_open_v2(immutable_uri(path).c_str(), opened,
                           flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                           nullptr);
}

constexpr char first_read[] = "PRAGMA schema_version";

} // namespace

sqlite_query::~sqlite_query()
{
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

void sqlite_query::bind_text(int parameter, std::string_view text) noexcept
{
    int error = sqlite3_bind_text64(statement_, parameter, text.data(),
                                    text.size(), SQLITE_STATIC, SQLITE_UTF8);
    bind_error_ = bind_error_ != SQLITE_OK ? bind_error_ : error;
}

void sqlite_query::bind_blob(int parameter, std::string_view bytes) noexcept
{
    int error = sqlite3_bind_blob64(statement_, parameter, bytes.data(),
                                    bytes.size(), SQLITE_STATIC);
    bind_error_ = bind_error_ != SQLITE_OK ? bind_error_ : error;
}

void sqlite_query::bind_integer(int parameter, std::int64_t number) noexcept
{
    int error = sqlite3_bind_int64(statement_, parameter, number);
    bind_error_ = bind_error_ != SQLITE_OK ? bind_error_ : error;
}

int sqlite_query::step() noexcept
{
    return bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_);
}

int sqlite_query::type(int column) const noexcept
{
    return sqlite3_column_type(statement_, column);
}

std::string_view sqlite_query::bytes(int column) const noexcept
{
    // Ask for the pointer first: this may convert the value, and only then is
    // the size that of the bytes behind the pointer.
    const void* data =
        sqlite3_column_type(statement_, column) == SQLITE_BLOB
            ? sqlite3_column_blob(statement_, column)
            : static_cast<const void*>(sqlite3_column_text(statement_, column));
    auto size =
        static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return data ? std::string_view(static_cast<const char*>(data), size)
                : std::string_view();
}

std::int64_t sqlite_query::integer(int column) const noexcept
{
    return sqlite3_column_int64(statement_, column);
}

void sqlite_connection::closer::operator()(sqlite3* database) const noexcept
{
    sqlite3_close_v2(database);
}

void sqlite_connection::closer::operator()(
    sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

sqlite_connection::~sqlite_connection() = default;

bool sqlite_connection::is_read_only() const noexcept
{
    return sqlite3_db_readonly(handle(), "main") == 1;
}

int sqlite_connection::open(const std::string& path, mode how,
                            sqlite_deadline deadline)
{
    struct stat file {
    };
    // This comes before the file is opened. If another file takes its place
    // in between, look_at_file() will find out.
    if (!resolve_folder(path, path_) || lstat(path_.c_str(), &file) != 0) {
        return SQLITE_CANTOPEN;
    }
    // SQLite would take a file that is too short for an empty database.
    constexpr off_t smallest_database = 512;
    if (S_ISREG(file.st_mode) && file.st_size > 0 &&
        file.st_size < smallest_database) {
        return SQLITE_NOTADB;
    }
    file_ = {file.st_dev, file.st_ino};
    how_ = how;

    sqlite3* opened = nullptr;
    int error = open_handle(path_, how, &opened);
    database_.reset(opened);
    if (error != SQLITE_OK) {
        return error;
    }
    sqlite3_extended_result_codes(opened, 1);
    wait_until(deadline);
    if (how == mode::untouched) {
        // Without this the last connection writes what waits in the log when it
        // closes. Only with exclusive locking SQLite keeps the index of the log
        // in memory.
        sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        error = execute("PRAGMA locking_mode=EXCLUSIVE");
        return error != SQLITE_OK ? error : execute(first_read);
    }

    // FULL: a change that was acknowledged survives a power cut.
    // secure_delete: a replaced hash does not stay in free space of the file.
    error = execute("PRAGMA synchronous=FULL;"
                    "PRAGMA secure_delete=ON;"
                    "PRAGMA trusted_schema=OFF");
    return error != SQLITE_OK ? error : execute(first_read);
}

int sqlite_connection::open_copy(std::string_view bytes)
{
    how_ = mode::immutable;
    sqlite3* opened = nullptr;
    int error =
        sqlite3_open_v2(":memory:", &opened,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(opened);
    if (error != SQLITE_OK) {
        return error;
    }
    sqlite3_extended_result_codes(opened, 1);
    void* memory = sqlite3_malloc64(bytes.size());
    if (memory == nullptr) {
        return SQLITE_NOMEM;
    }
    std::copy(bytes.begin(), bytes.end(), static_cast<char*>(memory));
    const auto size = static_cast<sqlite3_int64>(bytes.size());
    // From here on SQLite owns the memory, also after an error.
    error = sqlite3_deserialize(
        opened, "main", static_cast<unsigned char*>(memory), size, size,
        SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
    if (error == SQLITE_OK) {
        error = execute("PRAGMA trusted_schema=OFF");
    }
    return error != SQLITE_OK ? error : execute(first_read);
}

void sqlite_connection::wait_until(sqlite_deadline deadline) noexcept
{
    deadline_ = deadline;
    // sqlite3_busy_timeout() counts anew for each statement. This bounds all of
    // them together.
    sqlite3_busy_handler(database_.get(), wait_for_others, this);
}

// All waiters look equally often. If pauses grew, the last to come would be
// served first.
int sqlite_connection::wait_for_others(void* connection, int) noexcept
{
    constexpr std::chrono::nanoseconds pause = std::chrono::milliseconds(1);
    auto* self = static_cast<sqlite_connection*>(connection);
    auto left = self->deadline_ - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
        return 0;
    }
    std::this_thread::sleep_for(
        std::min<std::chrono::nanoseconds>(pause, left));
    return 1;
}

int sqlite_connection::execute(const char* sql) noexcept
{
    return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
}

void sqlite_connection::roll_back() noexcept
{
    if (in_transaction()) {
        execute("ROLLBACK");
    }
}

bool sqlite_connection::in_transaction() const noexcept
{
    return sqlite3_get_autocommit(database_.get()) == 0;
}

int sqlite_connection::changed_rows() const noexcept
{
    return sqlite3_changes(database_.get());
}

sqlite3_stmt* sqlite_connection::statement(const char* sql)
{
    auto known = statements_.find(sql);
    if (known != statements_.end()) {
        return known->second.get();
    }
    sqlite3_stmt* compiled = nullptr;
    if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT,
                           &compiled, nullptr) != SQLITE_OK) {
        return nullptr;
    }
    std::unique_ptr<sqlite3_stmt, closer> owned(compiled);
    return statements_.emplace(sql, std::move(owned)).first->second.get();
}

int sqlite_connection::last_error() const noexcept
{
    return sqlite3_extended_errcode(database_.get());
}

std::string sqlite_connection::last_message() const
{
    return sqlite3_errmsg(database_.get());
}

bool sqlite_connection::read_number(const char* sql, std::int64_t& number)
{
    sqlite3_stmt* compiled = statement(sql);
    if (compiled == nullptr) {
        return false;
    }
    sqlite_query query(compiled);
    if (query.step() != SQLITE_ROW) {
        return false;
    }
    number = query.integer(0);
    return true;
}

} // namespace auth
