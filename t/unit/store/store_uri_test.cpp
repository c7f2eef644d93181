#include "store/store_uri.h"

#include <gtest/gtest.h>
#include <string>

using auth::parse_store_uri;
using auth::store_uri;

namespace {

std::string problem_of(const std::string& text)
{
    const auto parsed = parse_store_uri(text);
    return parsed ? "" : parsed.error();
}

store_uri parse(const std::string& text)
{
    const auto parsed = parse_store_uri(text);
    EXPECT_EQ(problem_of(text), "");
    return parsed.value_or(store_uri());
}

} // namespace

TEST(store_uri_test, sqlite)
{
    store_uri uri = parse("sqlite:/var/lib/nginx-auth/users.db");
    EXPECT_EQ(uri.what, store_uri::kind::sqlite);
    EXPECT_EQ(uri.path, "/var/lib/nginx-auth/users.db");
    EXPECT_EQ(uri.redacted, "sqlite:/var/lib/nginx-auth/users.db");
    EXPECT_EQ(parse("sqlite:data/users.db").path, "data/users.db");
    EXPECT_EQ(parse("sqlite:/a?b#c%20d").path, "/a?b#c%20d");
}

TEST(store_uri_test, mongodb)
{
    store_uri uri = parse("mongodb://localhost:27017/test");
    EXPECT_EQ(uri.what, store_uri::kind::mongodb);
    EXPECT_EQ(uri.uri, "mongodb://localhost:27017/test");
    EXPECT_EQ(uri.database, "test");
    EXPECT_EQ(uri.redacted, "mongodb://localhost:27017/test");
    EXPECT_EQ(uri.notice, "");
    EXPECT_EQ(parse("mongodb://h/my%2ddb").database, "my-db");
    EXPECT_EQ(parse("mongodb://[::1]:27018/t").redacted,
              "mongodb://[::1]:27018/t");
    EXPECT_EQ(parse("mongodb://%2Ftmp%2Fmongodb-27017.sock/t").redacted,
              "mongodb:///tmp/mongodb-27017.sock/t");
}

TEST(store_uri_test, redacted_form_has_no_credentials_and_no_options)
{
    EXPECT_EQ(parse("mongodb://ann:hidden@a:1,b:2/t?replicaSet=r").redacted,
              "mongodb://a:1,b:2/t");
    store_uri srv = parse("mongodb+srv://ann:hid%40den@c.example.com/t");
    EXPECT_EQ(srv.redacted, "mongodb+srv://c.example.com/t");
    EXPECT_EQ(srv.what, store_uri::kind::mongodb);
}

TEST(store_uri_test, unknown_option_is_noticed)
{
    store_uri uri = parse("mongodb://h/t?tlsCAFil=/ca.pem");
    EXPECT_NE(uri.notice.find("tlscafil"), std::string::npos) << uri.notice;
    EXPECT_EQ(uri.notice.find("ca.pem"), std::string::npos) << uri.notice;
}

TEST(store_uri_test, says_what_to_write_instead)
{
    struct row {
        const char* text;
        const char* hint;
    };
    const row rows[] = {
        {"", "sqlite:PATH"},
        {"/var/lib/users.db", "sqlite:PATH"},
        {"users.db", "sqlite:PATH"},
        {"postgres://u:hidden@h/db", "sqlite:PATH"},
        {"SQLITE:/x", "sqlite:PATH"},
        {"sqlite:", "sqlite:/var/lib"},
        {"sqlite:/var/lib/", "sqlite:/var/lib"},
        {"sqlite:///var/lib/users.db", "not by \"//\""},
        {"sqlite::memory:", "on disk"},
        {"mongodb://localhost", "append it"},
        {"mongodb://localhost/", "append it"},
        {"mongodb://localhost:27017/?w=1", "mongodb://…/DATABASE?…"},
        {"mongodb+srv://c.example.com", "mongodb+srv://…/DATABASE"},
        {"mongodb:///test", "not valid"},
        {"mongodb://h:port/test", "not valid"},
        {"mongodb://h/te$st", "Invalid database name"},
        {"mongodb://h/t?connectTimeoutMS", "contains no"},
        {"mongodb://ann:hid@den@h/t", "%40"},
        {"mongodb://ann:hid/den@h/t", "%40"},
        {"mongodb://ann:12/hidden@h", "%40"},
        {"mongodb://ann:12/t?hidden@h/t", "%40"},
        {"mongodb://ann:hid%zzden@h/t", "not valid"},
        {"mongodb://ann:hid:den@h/t", "%3A"},
        {"mongodb://ann:hidden\\@h/t", "%5C"},
        {"mongodb://ann\\:hidden@h/t", "%5C"},
        {"mongodb://ann:hidden:@h/t", "%3A"},
    };
    for (const row& r : rows) {
        std::string problem = problem_of(r.text);
        EXPECT_NE(problem.find(r.hint), std::string::npos)
            << r.text << ": " << problem;
        for (const char* part : {"hidden", "hid", "den"}) {
            EXPECT_EQ(problem.find(part), std::string::npos) << problem;
        }
    }
    EXPECT_NE(problem_of(std::string("sqlite:a\0b", 10)), "");
    EXPECT_NE(problem_of(std::string("mongodb://h/a\0b", 15)), "");
    EXPECT_NE(problem_of("mongodb://h/\xff"), "");
}

TEST(store_uri_test, spellings_of_pymongo)
{
    struct {
        const char* written;
        const char* taken;
    } const cases[] = {
        {"mongodb://u:p@h/t?authMechanism=DEFAULT", "mongodb://u:p@h/t?"},
        {"mongodb://u:p@h/t?w=majority&AuthMechanism=default&ssl=true",
         "mongodb://u:p@h/t?w=majority&ssl=true"},
        {"mongodb://u:p@h/t?retryWrites=true;w=majority",
         "mongodb://u:p@h/t?retryWrites=true&w=majority"},
        {"mongodb://u:p%3B@h/t?appName=a;b&w=1",
         "mongodb://u:p%3B@h/t?appName=a;b&w=1"},
        {"mongodb://h/t?", "mongodb://h/t?"},
    };
    for (const auto& each : cases) {
        const store_uri uri = parse(each.written);
        EXPECT_EQ(uri.uri, each.taken);
        EXPECT_EQ(uri.notice, "");
    }
    EXPECT_NE(parse("mongodb://u:hid+den@h/t").notice.find("%20"),
              std::string::npos);
    EXPECT_EQ(parse("mongodb://u:hid%2Bden@h/t").notice, "");
}

TEST(store_uri_test, pymongo_takes_what_cannot_be_taken)
{
    EXPECT_NE(
        problem_of("mongodb://u:hidden@h/t.accounts").find("user_collection"),
        std::string::npos);
    EXPECT_NE(problem_of("mongodb://u:hidden@h?authSource=admin")
                  .find("names no database"),
              std::string::npos);
    for (const char* line : {"MONGO_URI=mongodb://u:hidden@h/t",
                             "export MONGO_URI = \"mongodb://u:hidden@h/t\""}) {
        EXPECT_NE(problem_of(line).find("without \"NAME=\""),
                  std::string::npos);
        EXPECT_EQ(problem_of(line).find("hidden"), std::string::npos);
    }
}

TEST(store_uri_test, what_files_and_variables_hold_around_it)
{
    for (const char* held :
         {"mongodb://h/t", "mongodb://h/t\n", "  mongodb://h/t \r\n\n",
          "\"mongodb://h/t\"", "'mongodb://h/t' \n", "\" mongodb://h/t\t\"",
          "\xef\xbb\xbfmongodb://h/t\r\n"}) {
        EXPECT_EQ(auth::uri_within(held), "mongodb://h/t") << held;
    }
    EXPECT_EQ(auth::uri_within("\"mongodb://h/t"), "\"mongodb://h/t");
    EXPECT_EQ(auth::uri_within(" \n"), "");
    EXPECT_EQ(auth::uri_within("\""), "\"");
}

TEST(store_uri_test, secrets_in_options_are_not_repeated)
{
    for (const char* text :
         {"mongodb://h/t?tlsCertificateKeyFilePassword=hidden&tls=hidden",
          "mongodb://h/t?tlsCertificateKeyFilePassword=hid%zzden",
          "mongodb://h/t?tlsCertificateKeyFilePassword=a"
          "&tlsCertificateKeyFilePassword=hidden",
          "mongodb://h/t?authMechanismProperties=hidden",
          "mongodb://h/t?authMechanismProperties=AWS_SESSION_TOKEN",
          "mongodb://h/t?authMechanism=MONGODB-AWS"
          "&authMechanismProperties=AWS_SESSION_TOKEN:hidden",
          "mongodb://h/t?authMechanism=SCRAM-SHA-256"
          "&authMechanismProperties=X:hidden",
          "mongodb://ann:hid:den@h/t", "mongodb://ann:a:hidden@h/t",
          "mongodb://ann:a?hidden@h/t", "mongodb://hid:den:a@h/t",
          "mongodb://h/t?tlsCertificateKeyFilePassword=a"
          "&sslClientCertificateKeyPassword=hidden",
          "mongodb://h/t?sslClientCertificateKeyPassword=hidden"
          "&tlsCertificateKeyFilePassword=a",
          "mongodb://ann:hidden@h/t?authMechanism=MONGODB-X509",
          "mongodb://ann:hidden@h/t?authMechanism=NONE",
          "mongodb://ann:hidden@h/t?tls=true&tlsInsecure=hid"}) {
        const store_uri parsed = parse_store_uri(text).value_or(store_uri());
        const std::string shown =
            problem_of(text) + parsed.notice + parsed.redacted;
        EXPECT_EQ(shown.find("hid"), std::string::npos)
            << text << ": " << shown;
    }
}

TEST(store_uri_test, opening_touches_neither_disk_nor_network)
{
    EXPECT_TRUE(open_user_store(parse("sqlite:/no/such/folder/users.db")));
    EXPECT_TRUE(open_user_store(parse("mongodb://192.0.2.1/test")));
}
