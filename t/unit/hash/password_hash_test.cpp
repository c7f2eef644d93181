#include "../hash_spies/argon2_spy.h"
#include "hash/password_hash.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <stdexcept>
#include <string>

namespace auth {
namespace {

constexpr hash_cost cheap{64, 1, 1};

std::string phc(const std::string& parameters)
{
    return "$argon2id$v=19$" + parameters +
           "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
}

class password_hash : public testing::Test
{
protected:
    void SetUp() override { argon2_spy::reset(); }
    void TearDown() override { argon2_spy::reset(); }
};

TEST_F(password_hash, agrees_with_the_reference_implementation)
{
    struct {
        const char *password, *stored;
    } vectors[] = {
        // phc-winner-argon2's src/test.c
        {"password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
                     "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"},
        {"password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                     "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
        {"password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$"
                     "bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
        // argon2(1) of Debian's package argon2
        {"password", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$"
                     "PL01amPyeUuxG7H0vIr5X+qHkZvWnHmGBGXFYvh8z2E"},
        {"password", "$argon2id$v=19$m=7168,t=5,p=4$c29tZXNhbHQ$"
                     "ckXo/Kz/94rhCIsoO/oO5GIC9VVE3jkg"},
        {"differentpassword", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                              "gJ7nvBcFxQh1IVKFS/MiEpoKAD5/Dtz7d04b9qEdSeU"},
        {"password", "$argon2id$v=19$m=256,t=2,p=1$ZGlmZnNhbHQ$"
                     "3nWsp83doBBKcEDGxsj9vyqIw3iw8VkggfDTpS4TpeY"},
        {"password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                     "iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"},
    };
    for (const auto& vector : vectors) {
        EXPECT_EQ(verify_password(vector.password, vector.stored),
                  verdict::match)
            << vector.stored;
        EXPECT_EQ(verify_password("Password", vector.stored), verdict::mismatch)
            << vector.stored;
    }
}

TEST_F(password_hash, round_trip)
{
    const std::string long_text(8192, 'x');
    const std::string with_nul("a\0b", 3);
    for (const std::string& password :
         {std::string(), std::string("p"), long_text, with_nul}) {
        secret stored = hash_password(password, cheap);
        EXPECT_EQ(verify_password(password, stored.view()), verdict::match);
        EXPECT_EQ(verify_password(password + "x", stored.view()),
                  verdict::mismatch);
    }
    // Nothing is cut off at the end of a long password.
    secret stored = hash_password(long_text, cheap);
    EXPECT_EQ(verify_password(long_text.substr(1), stored.view()),
              verdict::mismatch);
    stored = hash_password(with_nul, cheap);
    EXPECT_EQ(verify_password("a", stored.view()), verdict::mismatch);
}

TEST_F(password_hash, writes_the_configured_cost_with_fresh_salt)
{
    secret first = hash_password("secret", {128, 3, 2});
    secret other = hash_password("secret", {128, 3, 2});
    const std::string head = "$argon2id$v=19$m=128,t=3,p=2$";
    EXPECT_EQ(first.view().substr(0, head.size()), head);
    // 16 bytes are 22 digits, 32 are 43.
    EXPECT_EQ(first.view().size(), head.size() + 22 + 1 + 43);
    EXPECT_NE(first.view().substr(head.size(), 22),
              other.view().substr(head.size(), 22));
    EXPECT_EQ(verify_password("secret", first.view()), verdict::match);
}

TEST_F(password_hash, default_cost_is_owasps)
{
    secret stored = hash_password("secret", {});
    EXPECT_EQ(argon2_spy::calls,
              (std::vector<argon2_spy::call>{
                  {argon2_spy::library::libsodium, 19456, 2, 1, 1}}));
    EXPECT_EQ(stored.view().substr(0, 31), "$argon2id$v=19$m=19456,t=2,p=1$");
}

TEST_F(password_hash, lanes_take_no_more_threads)
{
    hash_password("secret", {128, 1, 16});
    EXPECT_EQ(argon2_spy::calls,
              (std::vector<argon2_spy::call>{
                  {argon2_spy::library::libargon2, 128, 1, 16, 1}}));
}

TEST_F(password_hash, stored_costs_are_capped_before_memory_is_asked_for)
{
    for (std::string parameters :
         {"m=4194304,t=1,p=1", "m=1048577,t=1,p=1", "m=4294967295,t=2,p=1",
          "m=256,t=17,p=1", "m=256,t=4294967295,p=1", "m=256,t=1,p=17",
          "m=4096,t=1,p=4294967295", "m=7,t=1,p=1", "m=127,t=1,p=16"}) {
        EXPECT_EQ(verify_password("password", phc(parameters)),
                  verdict::unusable)
            << parameters;
    }
    EXPECT_TRUE(argon2_spy::calls.empty());

    for (std::string parameters : {"m=8,t=1,p=1", "m=128,t=16,p=16"}) {
        EXPECT_EQ(verify_password("password", phc(parameters)),
                  verdict::mismatch)
            << parameters;
    }
    EXPECT_EQ(argon2_spy::calls.size(), 2U);
}

TEST_F(password_hash, other_texts_are_unusable)
{
    for (std::string stored : {"", "password", "$2b$12$abcdefghijklmnopqrstuv",
                               "scrypt:32768:8:1$"}) {
        EXPECT_EQ(verify_password("password", stored), verdict::unusable)
            << stored;
        EXPECT_TRUE(needs_rehash(stored, {})) << stored;
    }
    EXPECT_TRUE(argon2_spy::calls.empty());
}

TEST_F(password_hash, refuses_to_make_what_it_could_not_check)
{
    for (hash_cost cost :
         {hash_cost{1048577, 1, 1}, hash_cost{64, 17, 1}, hash_cost{64, 0, 1},
          hash_cost{256, 1, 17}, hash_cost{256, 1, 0}, hash_cost{15, 1, 2}}) {
        EXPECT_FALSE(cost.within_cap());
        EXPECT_THROW(hash_password("secret", cost), std::runtime_error);
    }
    EXPECT_TRUE((hash_cost{1048576, 16, 16}).within_cap());
    EXPECT_TRUE((hash_cost{16, 1, 2}).within_cap());
    EXPECT_TRUE(hash_cost{}.within_cap());
}

TEST_F(password_hash, throws_without_memory_or_random_bytes)
{
    // One lane is for libsodium, two are for libargon2.
    for (const hash_cost& cost : {cheap, hash_cost{64, 1, 2}}) {
        secret stored = hash_password("secret", cost);
        argon2_spy::fail_after = 0;
        EXPECT_THROW(hash_password("secret", cost), std::runtime_error);
        argon2_spy::fail_after = 0;
        EXPECT_THROW(verify_password("secret", stored.view()),
                     std::runtime_error);
        argon2_spy::no_random = true;
        EXPECT_THROW(hash_password("secret", cost), std::runtime_error);
        EXPECT_EQ(verify_password("secret", stored.view()), verdict::match);
        argon2_spy::no_random = false;
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Verifies a hash of 1 GiB with 256 MiB, in a child process, because the limit
/// stays.
void verify_without_memory(const std::string& stored)
{
    rlimit limit{256 << 20, 256 << 20};
    setrlimit(RLIMIT_AS, &limit);
    try {
        verify_password("secret", stored);
    } catch (const std::runtime_error& error) {
        fprintf(stderr, "%s\n", error.what());
        exit(0);
    }
    exit(1);
}

TEST(password_hash_death, survives_a_real_lack_of_memory)
{
    EXPECT_EXIT(verify_without_memory(phc("m=1048576,t=1,p=1")),
                testing::ExitedWithCode(0),
                "password hash of 1048576 KiB failed: Memory allocation");
    EXPECT_EXIT(
        verify_without_memory("$argon2id$v=19$m=1048576,t=1,p=1$"
                              "c29tZXNhbHRzb21lc2FsdA$"
                              "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        testing::ExitedWithCode(0),
        "password hash of 1048576 KiB failed: libsodium: Cannot allocate");
}
#endif

TEST_F(password_hash, floor_is_owasps_pairs)
{
    constexpr std::uint32_t mib = 1024;
    struct {
        std::uint32_t memory_mib, time;
    } pairs[] = {{46, 1}, {19, 2}, {12, 3}, {9, 4}, {7, 5}};
    for (const auto& pair : pairs) {
        std::uint32_t memory = pair.memory_mib * mib;
        EXPECT_TRUE((hash_cost{memory, pair.time, 1}).meets_floor());
        EXPECT_TRUE((hash_cost{memory + 1, pair.time, 4}).meets_floor());
        EXPECT_FALSE((hash_cost{memory - 1, pair.time, 1}).meets_floor());
        EXPECT_FALSE((hash_cost{memory, pair.time - 1, 1}).meets_floor());
    }
    EXPECT_TRUE((hash_cost{18 * mib, 3, 1}).meets_floor());
    EXPECT_TRUE((hash_cost{7 * mib, 16, 1}).meets_floor());
    EXPECT_FALSE((hash_cost{6 * mib, 16, 1}).meets_floor());
    EXPECT_FALSE((hash_cost{45 * mib, 1, 1}).meets_floor());
    EXPECT_TRUE(hash_cost{}.meets_floor());
}

TEST_F(password_hash, other_kinds_and_versions_are_replaced)
{
    // All by argon2-cffi 25.1.
    const std::string others[] = {
        "$argon2d$v=16$m=256,t=2,p=1$lNZB4azIDmcqOyUH36xijQ$"
        "LNYb4ZHb2c4DLUA5OYJou45eJLUSKW58w5NWaFFEx/M",
        "$argon2d$v=19$m=256,t=2,p=1$0drcVUzivdMVa9RV2z4dig$"
        "vKf6pq1ju5FdpwGmPkX5go4qQkEfbSqGXg9D/l7YEIo",
        "$argon2i$v=16$m=256,t=2,p=1$mzS/mC/qx6bGwvUHAW6s6w$"
        "noj/q8mRK0oUNQcMo8wbV7l3UZ/5LYfJ5s648QjqvnI",
        "$argon2i$v=19$m=256,t=2,p=1$8ZXUSHxbcx3Q4yaTaRcfBw$"
        "VS+OzS0SKctph3pr5mX0Y3wbzLLHjPRPMRvqj9+5ycw",
        "$argon2id$v=16$m=256,t=2,p=1$Ge5DBM/TcqEjE88+sBOEWw$"
        "p2K6GYHWohrtbdWpewtmRYg3JFG4YzNe9ky61MTr9XQ",
        "$argon2id$m=256,t=2,p=1$Ge5DBM/TcqEjE88+sBOEWw$"
        "p2K6GYHWohrtbdWpewtmRYg3JFG4YzNe9ky61MTr9XQ",
    };
    for (const std::string& stored : others) {
        EXPECT_EQ(verify_password("hunter2", stored), verdict::match) << stored;
        EXPECT_EQ(verify_password("Hunter2", stored), verdict::mismatch);
        EXPECT_TRUE(needs_rehash(stored, {256, 2, 1})) << stored;
        EXPECT_TRUE(needs_rehash(stored, {64, 1, 1})) << stored;
    }
    // By one that is no cheaper.
    const auto cost_of = [](const std::string& stored) {
        const hash_cost cost = rehash_cost(stored, {19456, 2, 1});
        return std::to_string(cost.memory_kib) + " " +
               std::to_string(cost.time) + " " + std::to_string(cost.lanes);
    };
    EXPECT_EQ(cost_of(others[0]), "19456 2 1");
    EXPECT_EQ(cost_of("pbkdf2:sha256:1$salt$" + std::string(64, '0')),
              "19456 2 1");
    const std::string rest = "v=19$m=65536,t=3,p=4$c29tZXNhbHQ$"
                             "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    EXPECT_EQ(cost_of("$argon2i$" + rest), "65536 3 4");
    EXPECT_EQ(cost_of("argon2$argon2i$" + rest), "65536 3 4");
}

TEST_F(password_hash, rehash_goes_upwards_only)
{
    const hash_cost wanted{19456, 2, 1};
    EXPECT_TRUE(needs_rehash(phc("m=256,t=2,p=1"), wanted));
    EXPECT_TRUE(needs_rehash(phc("m=19455,t=2,p=1"), wanted));
    EXPECT_FALSE(needs_rehash(phc("m=19456,t=2,p=1"), wanted));
    EXPECT_FALSE(needs_rehash(phc("m=19456,t=2,p=4"), wanted));
    EXPECT_FALSE(needs_rehash(phc("m=47104,t=1,p=1"), wanted));
    EXPECT_FALSE(needs_rehash(phc("m=65536,t=3,p=1"), wanted));
    // The product is over 32 bits.
    EXPECT_FALSE(needs_rehash(phc("m=4194304,t=1024,p=1"), wanted));
}

} // namespace
} // namespace auth
