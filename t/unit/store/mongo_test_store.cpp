#include "mongo_test_server.h"
#include "store/mongo_user_store.h"
#include "test_store.h"

#include <chrono>
#include <gtest/gtest.h>

namespace auth_test {

namespace {

using auth::bson_document;

class mongo_test_store : public test_store
{
public:
    std::unique_ptr<auth::user_store> open() override
    {
        return std::make_unique<auth::mongo_user_store>(
            auth::mongo_address{auth::wiped_string(server_.uri()),
                                server_.database(),
                                "mongo",
                                {}},
            auth::user_schema());
    }

    void put(const raw_user& user) override
    {
        bson_document document;
        bson_oid_t id;
        if (user.id.size() == 24) {
            bson_oid_init_from_string(&id, user.id.c_str());
            document.id("_id", id);
        } else {
            document.text("_id", user.id);
        }
        document.text("username", user.username);
        put_password(user, document);
        put_disabled(user.disabled, document);
        if (!user.roles.empty()) {
            bson_document roles;
            for (std::size_t i = 0; i < user.roles.size(); ++i) {
                roles.text(std::to_string(i).c_str(), user.roles[i]);
            }
            document.array("roles", roles);
        }
        bson_error_t error{};
        EXPECT_TRUE(mongoc_collection_insert_one(
            server_.users(), document.get(), nullptr, nullptr, &error))
            << error.message;
    }

    int count(const std::string& username) override
    {
        bson_document filter;
        filter.text("username", username);
        bson_error_t error{};
        return static_cast<int>(mongoc_collection_count_documents(
            server_.users(), filter.get(), nullptr, nullptr, nullptr, &error));
    }

    std::optional<double> age(const std::string& username) override
    {
        bson_document filter;
        filter.text("username", username);
        auth::mongo_handle<mongoc_cursor_t> cursor(
            mongoc_collection_find_with_opts(server_.users(), filter.get(),
                                             nullptr, nullptr));
        const bson_t* document = nullptr;
        bson_iter_t field;
        if (!mongoc_cursor_next(cursor.get(), &document) ||
            !bson_iter_init_find(&field, document, "created_at") ||
            !BSON_ITER_HOLDS_DATE_TIME(&field)) {
            return std::nullopt;
        }
        using namespace std::chrono;
        auto now =
            duration_cast<milliseconds>(system_clock::now().time_since_epoch());
        return static_cast<double>(now.count() - bson_iter_date_time(&field)) /
               1000;
    }

    void set_password(const std::string& id,
                      const std::string& password) override
    {
        bson_oid_t oid;
        bson_oid_init_from_string(&oid, id.c_str());
        bson_document filter;
        filter.id("_id", oid);
        bson_document fields;
        fields.text("password", password);
        bson_document update;
        update.document("$set", fields);
        EXPECT_TRUE(mongoc_collection_update_one(server_.users(), filter.get(),
                                                 update.get(), nullptr, nullptr,
                                                 nullptr));
    }

private:
    static void put_password(const raw_user& user, bson_document& document)
    {
        switch (user.password_form) {
        case raw_user::form::text:
            document.text("password", user.password);
            break;
        case raw_user::form::binary:
            document.binary("password", user.password);
            break;
        case raw_user::form::empty:
            document.text("password", "");
            break;
        case raw_user::form::number:
            document.number("password", 17);
            break;
        case raw_user::form::missing:
            break;
        }
    }

    static void put_disabled(raw_user::flag flag, bson_document& document)
    {
        switch (flag) {
        case raw_user::flag::yes:
        case raw_user::flag::no:
            document.boolean("disabled", flag == raw_user::flag::yes);
            break;
        case raw_user::flag::one:
        case raw_user::flag::zero:
            document.number("disabled", flag == raw_user::flag::one ? 1 : 0);
            break;
        case raw_user::flag::null:
            bson_append_null(document.get(), "disabled", -1);
            break;
        case raw_user::flag::text:
            document.text("disabled", "yes");
            break;
        case raw_user::flag::missing:
            break;
        }
    }

    mongo_test_server server_;
};

} // namespace

std::unique_ptr<test_store> make_mongo_test_store()
{
    return mongo_test_server::is_there() ? std::make_unique<mongo_test_store>()
                                         : nullptr;
}

} // namespace auth_test
