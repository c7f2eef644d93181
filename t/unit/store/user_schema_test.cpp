// What user_collection and user_fields may say.

#include "store/user_schema.h"

#include <gtest/gtest.h>

using auth::user_schema;

namespace {

std::string problem_of(const std::vector<std::string_view>& fields)
{
    const auto taken = auth::with_user_fields({}, fields);
    return taken ? "" : taken.error();
}

} // namespace

TEST(user_schema_test, fields_are_where_they_are_said_to_be)
{
    const user_schema schema =
        auth::with_user_fields({}, {"username=local.email",
                                    "password=local.password",
                                    "roles=profile.groups", "active=on"})
            .value();
    EXPECT_EQ(schema.username, "local.email");
    EXPECT_EQ(schema.password, "local.password");
    EXPECT_EQ(schema.roles, "profile.groups");
    EXPECT_EQ(schema.disabled, "disabled");
    EXPECT_EQ(schema.active, std::vector<std::string>{"on"});
}

TEST(user_schema_test, mistakes_are_told)
{
    struct {
        std::vector<std::string_view> fields;
        const char* says;
    } const cases[] = {
        {{"password=hash"}, "username=PATH"},
        {{"email"}, "username=PATH"},
        {{"username=email", "name=x"}, "not \"name=x\""},
        {{"username=email", "username=name"}, "once"},
        {{"username="}, "a field's name"},
        {{"username=a..b"}, "single dots"},
        {{"username=.a"}, "single dots"},
        {{"username=a."}, "single dots"},
        {{"username=emails.0.address"}, "element of a list"},
        {{"username=$where"}, "\"$\""},
        {{"username=a b"}, "blanks"},
        {{"username=_id"}, "_id"},
        {{"username=created_at"}, "created_at"},
        {{"username=ngx_auth.name"}, "ngx_auth"},
        {{"username=a", "password=a"}, "two fields"},
        {{"username=a", "password=a.b"}, "two fields"},
        {{"username=active"}, "two fields"},
    };
    for (const auto& each : cases) {
        EXPECT_NE(problem_of(each.fields).find(each.says), std::string::npos)
            << each.fields[0] << ": " << problem_of(each.fields);
    }
    EXPECT_EQ(problem_of({"username=a.b", "password=a.c"}), "");
    EXPECT_EQ(problem_of({"username=ab", "password=a"}), "");
}

TEST(user_schema_test, collections)
{
    for (const char* name : {"accounts", "app.users", "_User", "Benutzer-1"}) {
        EXPECT_EQ(auth::with_user_collection({}, name)->collection, name);
    }
    for (const char* name :
         {"", "system.users", "a$b", "a b", ".a", "a.", "a\nb"}) {
        const auto taken = auth::with_user_collection({}, name);
        ASSERT_FALSE(taken) << name;
        EXPECT_NE(taken.error().find("the name of a collection"),
                  std::string::npos);
    }
}
