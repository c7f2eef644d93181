#include "account/password_fingerprint.h"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

stored_user with(const std::string& password, const std::string& origin = {})
{
    stored_user user;
    user.password = secret(password);
    user.password_origin = origin;
    return user;
}

/// As a login that hashes the password anew.
stored_user rehashed(const stored_user& user, const std::string& password)
{
    return with(password, origin_of_rehash(user, password));
}

// printf %s '$one' | sha256sum | cut -c 1-16, and so on
const std::string one = "c4d49a215ddc1f91";
const std::string two = "fa982b50350da9f2";

TEST(password_fingerprint, is_the_start_of_sha256)
{
    EXPECT_EQ(password_fingerprint("abc"), 0xba7816bf8f01cfeaU);
    EXPECT_EQ(password_fingerprint(""), 0xe3b0c44298fc1c14U);
    EXPECT_EQ(password_fingerprint(with("abc")), 0xba7816bf8f01cfeaU);
    EXPECT_NE(password_fingerprint("$1"), password_fingerprint("$2"));
}

TEST(password_fingerprint, a_rehash_keeps_it)
{
    stored_user first = with("$one");
    auto fingerprint = password_fingerprint(first);
    stored_user second = rehashed(first, "$two");
    EXPECT_EQ(second.password_origin, one + ":" + two);
    EXPECT_EQ(password_fingerprint(second), fingerprint);
    stored_user third = rehashed(second, "$three");
    EXPECT_EQ(third.password_origin.substr(0, 17), one + ":");
    EXPECT_EQ(password_fingerprint(third), fingerprint);
    EXPECT_EQ(password_fingerprint(rehashed(third, "$one")), fingerprint);
}

TEST(password_fingerprint, a_password_written_beside_an_old_note_changes_it)
{
    stored_user user = rehashed(with("$one"), "$two");
    user.password = secret("$elsewhere");
    EXPECT_EQ(password_fingerprint(user), password_fingerprint("$elsewhere"));
    // And what is rehashed from there goes back to nobody's.
    EXPECT_EQ(password_fingerprint(rehashed(user, "$new")),
              password_fingerprint("$elsewhere"));
}

TEST(password_fingerprint, notes_of_another_form_mean_nothing)
{
    const std::string zeros(16, '0');
    ASSERT_EQ(password_fingerprint(with("$two", zeros + ":" + two)), 0U);
    for (std::string note : {std::string(),
                             std::string(":"),
                             two,
                             ":" + two,
                             one + two,
                             one + ":",
                             one + ":" + one,
                             one + ":" + two + " ",
                             one + ":" + two + "\n",
                             one + "::" + two,
                             one + " " + two,
                             " " + one + ":" + two,
                             "0" + one + ":" + two,
                             one.substr(1) + ":" + two,
                             one + "0:" + two,
                             "0x" + one + ":" + two,
                             "-" + one + ":" + two,
                             one.substr(1) + "G:" + two,
                             "C4D49A215DDC1F91:" + two,
                             std::string(1 << 20, 'a') + ":" + two}) {
        EXPECT_EQ(password_fingerprint(with("$two", note)),
                  password_fingerprint("$two"))
            << note.substr(0, 100);
    }
}

} // namespace
} // namespace auth
