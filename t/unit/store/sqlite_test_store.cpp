#include "store/sqlite_user_store.h"
#include "test_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace auth_test {

namespace {

class sqlite_test_store : public test_store
{
public:
    sqlite_test_store() : path_(folder_.new_file("users.db")) {}
    ~sqlite_test_store() override { sqlite3_close(direct_); }

    std::unique_ptr<auth::user_store> open() override
    {
        return std::make_unique<auth::sqlite_user_store>(path_);
    }

    void put(const raw_user& user) override
    {
        // Without types, as SQLite lets people do; marked as ours.
        run("CREATE TABLE IF NOT EXISTS users (id, username, password,"
            " disabled);"
            "PRAGMA application_id=1852274785");
        bool has_roles = !user.roles.empty();
        if (has_roles) {
            sqlite3_exec(direct_, "ALTER TABLE users ADD COLUMN roles", nullptr,
                         nullptr, nullptr);
        }
        std::string sql = "INSERT INTO users (id, username, password,"
                          " disabled" +
                          std::string(has_roles ? ", roles" : "") +
                          ") VALUES (" + quoted(user.id) + ", " +
                          quoted(user.username) + ", " + password(user) + ", " +
                          disabled(user.disabled) +
                          (has_roles ? ", " + roles(user) : "") + ")";
        run(sql);
    }

    void together(const std::function<void()>& body) override
    {
        run("BEGIN");
        body();
        run("COMMIT");
    }

    int count(const std::string& username) override
    {
        return std::stoi(ask("SELECT count(*) FROM users WHERE username = " +
                             quoted(username)));
    }

    std::optional<double> age(const std::string& username) override
    {
        std::string seconds =
            ask("SELECT (julianday('now') - julianday(created_at)) * 86400"
                " FROM users WHERE created_at LIKE '____-__-__T__:__:__Z'"
                " AND username = " +
                quoted(username));
        return seconds.empty() ? std::nullopt
                               : std::optional<double>(std::stod(seconds));
    }

    void set_password(const std::string& id,
                      const std::string& password) override
    {
        run("UPDATE users SET password = " + quoted(password) +
            " WHERE id = " + quoted(id));
    }

private:
    static std::string quoted(const std::string& text)
    {
        std::string literal = "'";
        for (char c : text) {
            literal += c == '\'' ? "''" : std::string(1, c);
        }
        return literal + "'";
    }

    static std::string password(const raw_user& user)
    {
        switch (user.password_form) {
        case raw_user::form::text:
            return quoted(user.password);
        case raw_user::form::binary:
            return "CAST(" + quoted(user.password) + " AS BLOB)";
        case raw_user::form::empty:
            return "''";
        case raw_user::form::number:
            return "17";
        default:
            return "NULL";
        }
    }

    static std::string disabled(raw_user::flag flag)
    {
        switch (flag) {
        case raw_user::flag::yes:
        case raw_user::flag::one:
            return "1";
        case raw_user::flag::no:
        case raw_user::flag::zero:
            return "0";
        case raw_user::flag::text:
            return "'yes'";
        default:
            return "NULL";
        }
    }

    static std::string roles(const raw_user& user)
    {
        std::string list;
        for (const std::string& role : user.roles) {
            list += (list.empty() ? "" : ", ") + role;
        }
        return quoted(list);
    }

    void run(const std::string& sql) { ask(sql); }

    std::string ask(const std::string& sql)
    {
        std::string answer;
        if (!direct_) {
            sqlite3_open(path_.c_str(), &direct_);
            sqlite3_busy_timeout(direct_, 5000);
        }
        auto keep = [](void* into, int, char** values, char**) {
            *static_cast<std::string*>(into) = values[0] ? values[0] : "";
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(direct_, sql.c_str(), keep, &answer, nullptr),
                  SQLITE_OK)
            << sql << ": " << sqlite3_errmsg(direct_);
        return answer;
    }

    test_folder folder_;
    std::string path_;
    sqlite3* direct_ = nullptr;
};

} // namespace

std::unique_ptr<test_store> make_sqlite_test_store()
{
    return std::make_unique<sqlite_test_store>();
}

} // namespace auth_test
