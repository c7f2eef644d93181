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
const std::string first_print = "c4d49a215ddc1f91";
const std::string second_print = "fa982b50350da9f2";

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
    EXPECT_EQ(second.password_origin, first_print + ":" + second_print);
    EXPECT_EQ(password_fingerprint(second), fingerprint);
    stored_user third = rehashed(second, "$three");
    EXPECT_EQ(third.password_origin.substr(0, 17), first_print + ":");
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
    ASSERT_EQ(password_fingerprint(with("$two", zeros + ":" + second_print)),
              0U);
    for (std::string note : {std::string(),
                             std::string(":"),
                             second_print,
                             ":" + second_print,
                             first_print + second_print,
                             first_print + ":",
                             first_print + ":" + first_print,
                             first_print + ":" + second_print + " ",
                             first_print + ":" + second_print + "\n",
                             first_print + "::" + second_print,
                             first_print + " " + second_print,
                             " " + first_print + ":" + second_print,
                             "0" + first_print + ":" + second_print,
                             first_print.substr(1) + ":" + second_print,
                             first_print + "0:" + second_print,
                             "0x" + first_print + ":" + second_print,
                             "-" + first_print + ":" + second_print,
                             first_print.substr(1) + "G:" + second_print,
                             "C4D49A215DDC1F91:" + second_print,
                             std::string(1 << 20, 'a') + ":" + second_print}) {
        EXPECT_EQ(password_fingerprint(with("$two", note)),
                  password_fingerprint("$two"))
            << note.substr(0, 100);
    }
}

} // namespace
} // namespace auth
