#include "../hash_spies/argon2_spy.h"
#include "../hash_spies/legacy_hash_spy.h"
#include "hash/password_hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace auth {
namespace {

const std::string salt_and_tag =
    "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
/// A salt of 16 bytes: libsodium takes it, in half the time.
const std::string long_salt_and_tag =
    "$c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// Stored hashes, each of another kind or cost.
const std::vector<std::string> stored{
    "$argon2id$v=19$m=64,t=2,p=1" + salt_and_tag,
    "$argon2id$v=19$m=64,t=2,p=1" + long_salt_and_tag,
    "$argon2id$v=19$m=128,t=2,p=1" + salt_and_tag,
    "$argon2id$v=19$m=64,t=3,p=1" + salt_and_tag,
    "$argon2id$v=19$m=64,t=2,p=2" + salt_and_tag,
    "$argon2i$v=19$m=64,t=2,p=1" + salt_and_tag,
    "$argon2d$v=19$m=64,t=2,p=1" + salt_and_tag,
    "$argon2id$v=16$m=64,t=2,p=1" + salt_and_tag,
    "scrypt:16:1:2$salt$" + std::string(128, 'a'),
    "scrypt:32:1:2$salt$" + std::string(128, 'a'),
    "pbkdf2:sha1:1000$salt$" + std::string(40, 'a'),
    "pbkdf2:sha256:1000$salt$" + std::string(64, 'a'),
    "pbkdf2:sha256:1001$salt$" + std::string(64, 'a'),
    "pbkdf2:sha512:1000$salt$" + std::string(128, 'a'),
    "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK",
    "$2b$05$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK",
    "pbkdf2:sha3_512:1000$salt$" + std::string(128, 'a'),
    "$pbkdf2-sha256$1002$c29tZXNhbHQ$" + std::string(42, 'a') + "A",
    "pbkdf2_sha1$1003$salt$" + std::string(26, 'a') + "A=",
    "$5$salt$" + std::string(43, 'a'),
    "$6$salt$" + std::string(86, 'a'),
    "$6$rounds=1000$salt$" + std::string(86, 'a'),
    "$y$j75$.G9KmPk4v5eu5BUy2wU4x/$" + std::string(43, 'a'),
};

class blank_hash_test : public testing::Test
{
protected:
    void SetUp() override { reset(); }
    void TearDown() override { reset(); }

    static void reset()
    {
        argon2_spy::reset();
        legacy_hash_spy::reset();
    }

    /// What the libraries are asked to compute for one check.
    static std::string work(const std::string& hash)
    {
        reset();
        EXPECT_EQ(verify_password("a password", hash), verdict::mismatch)
            << hash;
        std::string asked = legacy_hash_spy::last;
        for (const auto& call : argon2_spy::calls) {
            const bool sodium = call.by == argon2_spy::library::libsodium;
            asked += (sodium ? "sodium " : "argon2 ") +
                     std::to_string(call.memory_kib) + " " +
                     std::to_string(call.time) + " " +
                     std::to_string(call.lanes);
        }
        EXPECT_EQ(legacy_hash_spy::calls +
                      static_cast<int>(argon2_spy::calls.size()),
                  1);
        return asked;
    }
};

TEST_F(blank_hash_test, takes_the_same_work_and_none_to_make)
{
    std::set<std::string> blanks;
    for (const std::string& hash : stored) {
        reset();
        const std::string blank = blank_hash(hash);
        EXPECT_EQ(legacy_hash_spy::calls, 0);
        EXPECT_TRUE(argon2_spy::calls.empty());
        EXPECT_EQ(work(blank), work(hash)) << blank;
        blanks.insert(blank);
    }
    EXPECT_EQ(blanks.size(), stored.size());
}

TEST_F(blank_hash_test, holds_nothing_of_the_hash)
{
    for (const std::string& hash : stored) {
        const std::string blank = blank_hash(hash);
        EXPECT_EQ(blank.find("c29tZXNhbHQ"), std::string::npos);
        EXPECT_EQ(blank.find("nf65"), std::string::npos);
        EXPECT_EQ(blank.find("salt"), std::string::npos);
        EXPECT_EQ(blank.find("aaaa"), std::string::npos);
        EXPECT_EQ(blank.find("sHsil"), std::string::npos);
        EXPECT_EQ(blank.find("iN5zOmpDK"), std::string::npos);
        EXPECT_EQ(blank_hash(blank), blank);
    }
}

TEST_F(blank_hash_test, is_one_for_all_that_take_as_long)
{
    const std::string tag = "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    EXPECT_EQ(blank_hash("$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ" + tag),
              blank_hash("$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzYWx0" + tag));
    EXPECT_EQ(blank_hash("$argon2id$v=19$m=64,t=2,p=1$"
                         "c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEg"),
              blank_hash("$argon2id$v=19$m=64,t=2,p=1" + long_salt_and_tag));
    EXPECT_EQ(blank_hash("scrypt:16:1:2$a$" + std::string(128, '1')),
              blank_hash("scrypt:16:1:2$another$" + std::string(128, '2')));
    const std::string rest =
        "$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK";
    EXPECT_EQ(blank_hash("$2a" + rest), blank_hash("$2b" + rest));
    EXPECT_EQ(blank_hash("$2y" + rest), blank_hash("$2b" + rest));

    // The same work, written down by three programs.
    const std::string pbkdf2 =
        blank_hash("pbkdf2:sha1:1000$salt$" + std::string(40, 'a'));
    EXPECT_EQ(blank_hash("pbkdf2_sha1$1000$salt$" + std::string(27, 'A') + "="),
              pbkdf2);
    EXPECT_EQ(blank_hash("$pbkdf2$1000$c2FsdA$" + std::string(27, 'A')),
              pbkdf2);
    EXPECT_EQ(blank_hash("$6$salt$" + std::string(86, 'a')),
              blank_hash("$6$rounds=5000$salty$" + std::string(86, 'b')));
    EXPECT_EQ(blank_hash("argon2$argon2id$v=19$m=64,t=2,p=1" + salt_and_tag),
              blank_hash("$argon2id$v=19$m=64,t=2,p=1" + salt_and_tag));
}

TEST_F(blank_hash_test, of_cheap_kinds_is_cheap)
{
    const std::string apr1 = blank_hash("$apr1$ab$" + std::string(22, 'a'));
    EXPECT_EQ(apr1.substr(0, 6), "$apr1$");
    EXPECT_EQ(verify_password("x", apr1), verdict::mismatch);
    const std::string sha = blank_hash("{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=");
    EXPECT_EQ(blank_hash("{SSHA}lwXazNUaeqwvdkAZqa4QRLd4emTh/H+P"), sha);
    EXPECT_EQ(verify_password("x", sha), verdict::mismatch);
    EXPECT_EQ(blank_hash(sha), sha);
}

TEST_F(blank_hash_test, where_no_count_is_written_all_are_tried)
{
    const std::string stored = "pbkdf2:sha1$salt$" + std::string(40, 'a');
    const std::string blank = blank_hash(stored);
    for (const std::string& hash : {stored, blank}) {
        reset();
        EXPECT_EQ(verify_password("x", hash), verdict::mismatch) << hash;
        EXPECT_EQ(legacy_hash_spy::calls, 6) << hash;
        EXPECT_EQ(legacy_hash_spy::last, "pbkdf2:160:1000000");
    }
}

TEST_F(blank_hash_test, there_is_none_of_what_cannot_be_checked)
{
    for (const std::string& hash : {
             std::string(),
             std::string("a password"),
             std::string("$argon2id$v=19$m=4194304,t=2,p=1") + salt_and_tag,
             std::string("$argon2$v=19$m=64,t=2,p=1") + salt_and_tag,
             "$5$rounds=1000001$salt$" + std::string(43, 'a'),
             "$1$salt$" + std::string(22, 'a'),
             std::string("scrypt:16:1:2$salt$abc"),
             "scrypt:4194304:8:1$salt$" + std::string(128, 'a'),
             "pbkdf2:sha256:9000000$salt$" + std::string(64, 'a'),
             "pbkdf2:md2:1000$salt$" + std::string(32, 'a'),
             std::string("$2b$04$short"),
             std::string("$2b$31$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/"
                         "LfRI/iN5zOmpDK"),
         }) {
        EXPECT_EQ(blank_hash(hash), "") << hash;
        EXPECT_EQ(verify_password("x", hash), verdict::unusable);
    }
}

} // namespace
} // namespace auth
