// Documents that no server should send.

#include "../store_answer.h"
#include "store/mongo_document.h"
#include "store/mongo_id.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace auth {
namespace {

using code = store_answer::code;

/// A disabled user with another field before `disabled`.
std::string disabled_user()
{
    bson_document document;
    append_id("507f1f77bcf86cd799439011", "_id", document);
    document.text("username", "alice");
    document.text("password", "$hash");
    document.text("email", "alice@example.org");
    document.boolean("disabled", true);
    return {reinterpret_cast<const char*>(bson_get_data(document.get())),
            document.get()->len};
}

store_answer read(const std::string& bytes, stored_user& user)
{
    bson_t document;
    EXPECT_TRUE(bson_init_static(
        &document, reinterpret_cast<const std::uint8_t*>(bytes.data()),
        bytes.size()));
    return mongo_user_documents(user_schema()).read(document, user);
}

TEST(mongo_document, reads_a_disabled_user)
{
    stored_user user;
    EXPECT_EQ(read(disabled_user(), user).status, code::done);
    EXPECT_EQ(user.username, "alice");
    EXPECT_TRUE(user.disabled);
}

TEST(mongo_document, refuses_one_that_damage_hides_fields_of)
{
    const std::string sound = disabled_user();
    const std::size_t type = sound.find("email") - 1;
    std::string unknown_type = sound;
    unknown_type[type] = 'D';
    std::string long_text = sound;
    long_text[type + 1 + sizeof "email"] = 'x'; // of the size that follows
    for (const std::string& damaged : {unknown_type, long_text}) {
        stored_user user;
        const store_answer answer = read(damaged, user);
        EXPECT_EQ(answer.status, code::unusable);
        EXPECT_NE(answer.detail.find("damaged"), std::string::npos);
    }
}

} // namespace
} // namespace auth
