// Collections as other programs fill them, named by user_collection and
// user_fields.

#include "mongo_test_server.h"
#include "store/admin_store.h"
#include "store/store_uri.h"
#include "test_store.h"

#include <gtest/gtest.h>

using namespace auth_test;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

class mongo_schema_test : public mongo_server_test
{
protected:
    void use(const std::string& collection,
             const std::vector<std::string_view>& fields)
    {
        auth::user_schema schema;
        schema = auth::with_user_collection(schema, collection).value();
        if (!fields.empty()) {
            schema = auth::with_user_fields(schema, fields).value();
        }
        collection_ = collection;
        store_ = auth::open_user_store(
            auth::parse_store_uri(server_->uri()).value(), schema);
    }

    void put(const std::string& documents)
    {
        EXPECT_TRUE(
            server_->run(server_->database(), R"({"insert": ")" + collection_ +
                                                  R"(", "documents": [)" +
                                                  documents + "]}"));
    }

    /// All that is stored, in JSON.
    std::string stored()
    {
        std::string reply;
        server_->run(server_->database(), R"({"find": ")" + collection_ + "\"}",
                     &reply);
        return reply;
    }
    bool is_stored(const std::string& part)
    {
        return stored().find(part) != std::string::npos;
    }

    stored_user found(const std::string& name, code expected = code::done)
    {
        stored_user user;
        auto answer = take(store_->find({name}), user);
        EXPECT_EQ(answer.status, expected) << name << ": " << answer.detail;
        return user;
    }

    auth::admin_store& admin()
    {
        return dynamic_cast<auth::admin_store&>(*store_);
    }

    void change(const std::string& id, bool disabled)
    {
        auth::user_changes changes;
        changes.disabled = disabled;
        const store_answer answer = admin().change_user(id, changes);
        EXPECT_TRUE(answer.done()) << answer.detail;
    }

    std::string collection_ = "users";
};

} // namespace

TEST_F(mongo_schema_test, fields_lie_in_documents)
{
    use("accounts",
        {"username=local.email", "password=local.hash", "roles=local.groups"});
    put(R"({"_id": 7, "local": {"email": "ann@x.org", "hash": "$old",)"
        R"( "groups": ["staff"], "since": 3}, "google": {"id": "g"}})");
    stored_user ann = found("ann@x.org");
    EXPECT_EQ(ann.id, "7");
    EXPECT_EQ(ann.password.view(), "$old");
    EXPECT_EQ(ann.roles, std::vector<std::string>{"staff"});

    ann.password_origin = "a:b";
    EXPECT_TRUE(replace_password(*store_, ann, "$new").done());
    EXPECT_EQ(found("ann@x.org").password.view(), "$new");
    EXPECT_EQ(found("ann@x.org").password_origin, "a:b");
    EXPECT_TRUE(is_stored(R"("since" : 3)")) << stored();
    EXPECT_TRUE(is_stored(R"("google" : { "id" : "g" })")) << stored();

    stored_user bob = new_user("bob@x.org");
    bob.roles = {"a", "b"};
    EXPECT_TRUE(store_->insert(bob).has_value());
    EXPECT_EQ(found("bob@x.org").roles, bob.roles);
    EXPECT_TRUE(is_stored(R"("local" : { "email" : "bob@x.org", "hash" : )"))
        << stored();
    EXPECT_EQ(store_answer(store_->insert(new_user("bob@x.org"))).status,
              code::taken);
    EXPECT_EQ(store_answer(store_->is_taken("ann@x.org")).status, code::taken);
}

TEST_F(mongo_schema_test, ids_of_any_type)
{
    use("users", {});
    put(R"({"_id": "ann-1", "username": "ann", "password": "$1"},)"
        R"({"_id": 42, "username": "bob", "password": "$1"},)"
        R"({"_id": {"$binary": {"base64": "D4+tW9nLRp+hZXCGdyiVDg==",)"
        R"( "subType": "04"}}, "username": "carl", "password": "$1"},)"
        R"({"_id": {"$numberDecimal": "1.5"}, "username": "dora",)"
        R"( "password": "$1"},)"
        R"({"_id": {"a": 1}, "username": "eve", "password": "$1"})");
    for (const char* name : {"ann", "bob", "carl", "dora", "eve"}) {
        stored_user user = found(name);
        EXPECT_TRUE(replace_password(*store_, user, "$2").done()) << name;
        EXPECT_EQ(found(name).password.view(), "$2");
        change(user.id, true);
        EXPECT_TRUE(found(name).disabled) << name;
        EXPECT_TRUE(admin().remove_user(user.id).has_value()) << name;
        found(name, code::absent);
    }
}

TEST_F(mongo_schema_test, name_that_is_a_number)
{
    use("users", {"username=nr"});
    put(R"({"nr": 1001, "password": "$1"},)"
        R"({"nr": {"$numberLong": "1002"}, "password": "$1"},)"
        R"({"nr": 1003.0, "password": "$1"},)"
        R"({"nr": 1.5, "password": "$1"},)"
        R"({"nr": "1005", "password": "$1"})");
    for (const char* name : {"1001", "1002", "1003", "1005"}) {
        EXPECT_EQ(found(name).username, name);
        EXPECT_EQ(store_answer(store_->is_taken(name)).status, code::taken);
    }
    found("01001", code::absent);
    found("1.5", code::absent);

    std::vector<std::string> names;
    EXPECT_TRUE(admin()
                    .for_each_user([&names](const auth::listed_user& user) {
                        names.push_back(user.username);
                    })
                    .has_value());
    EXPECT_EQ(names,
              (std::vector<std::string>{"1005", "", "1001", "1002", "1003"}));

    // The same name as a text is somebody else's.
    put(R"({"nr": "1001", "password": "$2"})");
    found("1001", code::unusable);
}

TEST_F(mongo_schema_test, list_of_numbers_in_pages)
{
    use("users", {"username=nr"});
    std::string documents;
    for (int i = 0; i < 7; ++i) {
        documents += R"({"nr": )" + std::to_string(i) +
                     R"(, "password": "$"},)"
                     R"({"nr": "t)" +
                     std::to_string(i) + R"(", "password": "$"},)";
    }
    put(documents + R"({"nr": 1.5, "password": "$"})");
    std::vector<std::string> places;
    std::string after;
    for (int pages = 0; pages < 10; ++pages) {
        std::vector<auth::listed_user> page;
        EXPECT_TRUE(take(admin().list(after, 3), page).done());
        for (const auto& user : page) {
            places.push_back(user.username);
        }
        if (page.size() < 3) {
            break;
        }
        after = page.back().place;
    }
    EXPECT_EQ(places, (std::vector<std::string>{"t0", "t1", "t2", "t3", "t4",
                                                "t5", "t6", "0", "1", "", "2",
                                                "3", "4", "5", "6"}));
}

TEST_F(mongo_schema_test, disabled_as_other_programs_say_it)
{
    use("users", {});
    put(R"({"username": "u1", "password": "$", "active": false},)"
        R"({"username": "u2", "password": "$", "is_active": false},)"
        R"({"username": "u3", "password": "$", "active": 0},)"
        R"({"username": "u4", "password": "$", "is_active": "false"},)"
        R"({"username": "u5", "password": "$", "active": true,)"
        R"( "disabled": true},)"
        R"({"username": "a1", "password": "$", "active": true},)"
        R"({"username": "a2", "password": "$", "is_active": 1},)"
        R"({"username": "a3", "password": "$", "active": null},)"
        R"({"username": "x1", "password": "$", "active": "no idea"})");
    for (const char* name : {"u1", "u2", "u3", "u4", "u5"}) {
        stored_user user = found(name);
        EXPECT_TRUE(user.disabled) << name;
        change(user.id, false);
        EXPECT_FALSE(found(name).disabled) << name;
    }
    EXPECT_TRUE(is_stored(R"("active" : 1,)") || is_stored(R"("active" : 1 })"))
        << stored();
    EXPECT_TRUE(is_stored(R"("is_active" : "true")")) << stored();
    for (const char* name : {"a1", "a2", "a3"}) {
        EXPECT_FALSE(found(name).disabled) << name;
    }
    stored_user user;
    EXPECT_TRUE(
        has(take(store_->find({"x1"}), user), code::unusable, "active"));
}

TEST_F(mongo_schema_test, what_is_named_is_kept_in_step)
{
    use("users", {"username=email", "disabled=blocked", "active=isActive"});
    put(R"({"email": "ann", "password": "$", "isActive": true,)"
        R"( "active": false, "disabled": true})");
    stored_user ann = found("ann");
    EXPECT_FALSE(ann.disabled);
    change(ann.id, true);
    EXPECT_TRUE(is_stored(R"("isActive" : false)")) << stored();
    EXPECT_TRUE(is_stored(R"("blocked" : true)")) << stored();
    EXPECT_TRUE(found("ann").disabled);
    change(ann.id, false);
    EXPECT_FALSE(found("ann").disabled);
    EXPECT_TRUE(is_stored(R"("isActive" : true)")) << stored();
}

TEST_F(mongo_schema_test, role_that_is_a_text_stays_one)
{
    use("users", {"username=email", "roles=role"});
    put(R"({"email": "ann", "password": "$", "role": "admin"})");
    stored_user ann = found("ann");
    EXPECT_EQ(ann.roles, std::vector<std::string>{"admin"});
    auth::user_changes changes;
    changes.roles = {"editor"};
    EXPECT_TRUE(admin().change_user(ann.id, changes).has_value());
    EXPECT_TRUE(is_stored(R"("role" : "editor")")) << stored();
}

TEST_F(mongo_schema_test, name_in_a_list_is_said_to_be_there)
{
    use("users", {"username=emails.address"});
    put(R"({"_id": "m1", "emails": [{"address": "ann@x.org"}],)"
        R"( "password": "$"})");
    stored_user user;
    EXPECT_TRUE(has(take(store_->find({"ann@x.org"}), user), code::absent,
                    "emails.address is in a list"));
}

TEST_F(mongo_schema_test, old_note_of_a_rehash_is_read)
{
    put(R"({"username": "ann", "password": "$1", "password_origin": "a:b"})");
    stored_user ann = found("ann");
    EXPECT_EQ(ann.password_origin, "a:b");
    ann.password_origin = "c:d";
    EXPECT_TRUE(replace_password(*store_, ann, "$2").done());
    EXPECT_EQ(found("ann").password_origin, "c:d");
    EXPECT_TRUE(is_stored(R"("ngx_auth" : { "password_origin" : "c:d" })"))
        << stored();
    EXPECT_TRUE(is_stored(R"("password_origin" : "a:b")")) << stored();
}
