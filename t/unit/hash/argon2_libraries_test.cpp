#include "hash/argon2_libraries.h"

#include "hash/password_hash.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace auth {
namespace {

/// What a hash is made with, besides password and salt.
struct example {
    std::uint32_t memory_kib, time;
    std::size_t tag_size;
};

void fill(argon2_hash& hash, const example& from)
{
    hash.cost = {from.memory_kib, from.time, 1};
    hash.salt_size = 16;
    for (std::size_t i = 0; i < hash.salt_size; ++i) {
        hash.salt[i] = static_cast<std::uint8_t>(0xf0 + 7 * i);
    }
    hash.tag.size = from.tag_size;
}

std::string name_of(const example& from)
{
    return std::to_string(from.memory_kib) + " KiB, " +
           std::to_string(from.time) + " passes, a tag of " +
           std::to_string(from.tag_size) + " bytes";
}

/// Computes and compares the tags.
void compute_both(const example& from, std::string_view password,
                  argon2_hash& by_sodium, argon2_hash& by_reference)
{
    fill(by_sodium, from);
    fill(by_reference, from);
    ASSERT_TRUE(libsodium_can_express(by_sodium)) << name_of(from);
    compute_with_libsodium(password, by_sodium);
    compute_with_libargon2(password, by_reference);
    EXPECT_TRUE(by_sodium.tag.equals(by_reference.tag)) << name_of(from);
    // The tag is none that stays when nothing is computed.
    argon2_hash untouched;
    fill(untouched, from);
    EXPECT_FALSE(by_sodium.tag.equals(untouched.tag)) << name_of(from);
}

void expect_same_tags(const example& from, std::string_view password)
{
    argon2_hash by_sodium;
    argon2_hash by_reference;
    compute_both(from, password, by_sodium, by_reference);
    // As stored, whichever library has made it.
    const secret stored = format_argon2(by_reference);
    EXPECT_EQ(verify_password(password, stored.view()), verdict::match);
    EXPECT_EQ(verify_password(std::string(password) + "x", stored.view()),
              verdict::mismatch);
    EXPECT_EQ(stored.view(), format_argon2(by_sodium).view());
}

TEST(argon2_libraries_test, give_the_same_tags_of_an_empty_password)
{
    expect_same_tags({64, 1, 32}, "");
    expect_same_tags({64, 1, 32}, std::string_view()); // a null pointer
}

TEST(argon2_libraries_test, give_the_same_tags_at_all_costs)
{
    // The least memory, sizes that are no multiple of four, and OWASP's pairs.
    for (std::uint32_t memory : {8U, 9U, 11U, 12U, 15U, 16U, 17U, 31U, 63U, 64U,
                                 127U, 1000U, 1023U, 1024U}) {
        for (std::uint32_t time = 1; time <= 16; ++time) {
            expect_same_tags({memory, time, 32}, "a password");
        }
    }
    for (const example& pair :
         {example{46 * 1024, 1, 32}, example{19 * 1024, 2, 32},
          example{12 * 1024, 3, 32}, example{9 * 1024, 4, 32},
          example{7 * 1024, 5, 32}, example{19 * 1024 + 3, 2, 32},
          example{7 * 1024, 16, 32}}) {
        expect_same_tags(pair, "a password");
    }
    for (std::size_t tag_size = 16; tag_size <= 64; ++tag_size) {
        expect_same_tags({8, 1, tag_size}, "a password");
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(argon2_libraries_test, give_the_same_tags_at_the_cap)
{
    argon2_hash by_sodium;
    argon2_hash by_reference;
    compute_both({1024 * 1024, 1, 32}, "a password", by_sodium, by_reference);
}
#endif

TEST(argon2_libraries_test, give_the_same_tags_for_all_passwords)
{
    for (const std::string& password :
         {std::string(), std::string("\0", 1), std::string("a\0b", 3),
          std::string("\xff\xfe"), std::string(127, 'x'), std::string(128, 'x'),
          std::string(129, 'x'), std::string(8192, '\x80')}) {
        expect_same_tags({64, 2, 32}, password);
    }
    expect_same_tags({64, 2, 32}, std::string_view());
}

TEST(argon2_libraries_test, libsodium_is_not_asked_for_what_it_cannot_express)
{
    struct {
        const char* parameters;
        bool expected;
    } hashes[] = {
        {"$argon2id$v=19$m=8,t=1,p=1", true},
        {"$argon2id$v=19$m=1048576,t=16,p=1", true},
        {"$argon2id$v=19$m=64,t=1,p=2", false},
        {"$argon2id$v=16$m=64,t=1,p=1", false},
        {"$argon2id$m=64,t=1,p=1", false},
        {"$argon2i$v=19$m=64,t=3,p=1", false},
        {"$argon2d$v=19$m=64,t=1,p=1", false},
    };
    for (const auto& hash : hashes) {
        // Salts of 15, 16 and 17 bytes; tags of 15, 16 and 64 bytes.
        for (const std::size_t salt : {20U, 22U, 23U}) {
            for (const std::size_t tag : {20U, 22U, 86U}) {
                const std::string text = hash.parameters + std::string("$") +
                                         std::string(salt, 'A') + "$" +
                                         std::string(tag, 'A');
                argon2_hash parsed;
                ASSERT_TRUE(parse_argon2(text, parsed)) << text;
                EXPECT_EQ(libsodium_can_express(parsed),
                          hash.expected && salt == 22 && tag >= 22)
                    << text;
            }
        }
    }
}

TEST(argon2_libraries_test, may_begin_in_many_threads_at_once)
{
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([] { expect_same_tags({64, 1, 32}, "a"); });
    }
    for (std::thread& each : threads) {
        each.join();
    }
}

} // namespace
} // namespace auth
