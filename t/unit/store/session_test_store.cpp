#include "session_test_store.h"

#include <algorithm>

namespace auth_test {

namespace {

class sqlite_sessions final : public session_test_store
{
public:
    auth::opened_store open() override
    {
        return auth::open_store(
            auth::parse_store_uri("sqlite:" + path_).value());
    }
    int count(const std::string& table) override
    {
        return std::stoi(other_program(path_).run(
            ("SELECT count(*) FROM " + table).c_str()));
    }
    void set(const std::string& table, const std::string& field,
             const std::string& sql, const std::string&) override
    {
        // Rows that another program writes may break every rule.
        other_program(path_).run(
            ("PRAGMA ignore_check_constraints=ON; UPDATE " + table + " SET " +
             field + " = " + sql)
                .c_str());
    }

private:
    test_folder folder_;
    const std::string path_ = folder_.new_file("users.db");
};

class mongo_sessions final : public session_test_store
{
public:
    auth::opened_store open() override
    {
        return auth::open_store(auth::parse_store_uri(server_.uri()).value());
    }
    int count(const std::string& table) override
    {
        std::string reply;
        server_.run(server_.database(), R"({"count": ")" + table + R"("})",
                    &reply);
        const std::size_t at = reply.find("\"n\" : ");
        return at == reply.npos ? -1 : std::stoi(reply.substr(at + 6));
    }
    void set(const std::string& table, const std::string& field,
             const std::string&, const std::string& json) override
    {
        EXPECT_TRUE(server_.run(server_.database(),
                                R"({"update": ")" + table +
                                    R"(", "updates": [{"q": {}, "u": )" +
                                    R"({"$set": {")" + field + R"(": )" + json +
                                    R"(}}, "multi": true}]})"));
    }

private:
    mongo_test_server server_;
};

} // namespace

std::unique_ptr<session_test_store>
make_session_test_store(const std::string& kind)
{
    if (kind == "sqlite") {
        return std::make_unique<sqlite_sessions>();
    }
    return std::make_unique<mongo_sessions>();
}

auth::sha256_digest digest_of(int n)
{
    return auth::sha256("token " + std::to_string(n));
}

auth::stored_session new_session(const auth::session_store& store, int n,
                                 const std::string& user)
{
    constexpr std::int64_t minute_ms = 60 * 1000;
    constexpr std::int64_t hour_ms = 60 * minute_ms;
    auth::stored_session session;
    session.digest = digest_of(n);
    session.realm = "r";
    session.user_id = user;
    session.created = session.seen = session.password_shown =
        store.now() - 12 * hour_ms + n * minute_ms;
    session.until = store.now() + hour_ms;
    session.address = "192.0.2.1";
    session.browser = "Firefox";
    return session;
}

} // namespace auth_test
