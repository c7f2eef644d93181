#include "hash/phc_string.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace auth {
namespace {

const std::string valid = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                          "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

bool parses(std::string_view text)
{
    argon2_hash hash;
    return parse_argon2(text, hash);
}

std::string with(const std::string& head, const std::string& salt,
                 const std::string& tag)
{
    return head + "$" + salt + "$" + tag;
}

TEST(phc_string, takes_a_hash_apart)
{
    argon2_hash hash;
    ASSERT_TRUE(parse_argon2(valid, hash));
    EXPECT_EQ(hash.kind, argon2_hash::variant::argon2id);
    EXPECT_EQ(hash.cost.memory_kib, 256U);
    EXPECT_EQ(hash.cost.time, 2U);
    EXPECT_EQ(hash.cost.lanes, 1U);
    EXPECT_EQ(
        std::string(hash.salt.begin(), hash.salt.begin() + hash.salt_size),
        "somesalt");
    EXPECT_EQ(hash.tag.size, 32U);
    EXPECT_EQ(hash.tag.bytes[0], 0x9d);
    EXPECT_EQ(hash.tag.bytes[31], 0xfe);
    EXPECT_EQ(format_argon2(hash).view(), valid);
}

TEST(phc_string, keeps_the_largest_numbers)
{
    const std::string text =
        "$argon2i$v=19$m=4294967295,t=4294967295,p=4294967295$" +
        std::string(86, 'A') + "$" + std::string(85, '/') + "w";
    argon2_hash hash;
    ASSERT_TRUE(parse_argon2(text, hash));
    EXPECT_EQ(hash.kind, argon2_hash::variant::argon2i);
    EXPECT_EQ(hash.cost.memory_kib, 4294967295U);
    EXPECT_EQ(hash.salt_size, 64U);
    EXPECT_EQ(hash.tag.size, 64U);
    EXPECT_EQ(format_argon2(hash).view(), text);
}

TEST(phc_string, has_every_kind_and_version)
{
    const std::string rest = valid.substr(valid.find("m="));
    const struct {
        std::string start;
        argon2_hash::variant kind;
    } kinds[] = {
        {"$argon2d$", argon2_hash::variant::argon2d},
        {"$argon2i$", argon2_hash::variant::argon2i},
        {"$argon2id$", argon2_hash::variant::argon2id},
    };
    for (const auto& each : kinds) {
        for (const std::string version : {"v=16$", "v=19$"}) {
            argon2_hash hash;
            const std::string text = each.start + version + rest;
            ASSERT_TRUE(parse_argon2(text, hash)) << text;
            EXPECT_EQ(hash.kind, each.kind);
            EXPECT_EQ(hash.version, version == "v=16$" ? 0x10U : 0x13U);
            EXPECT_EQ(format_argon2(hash).view(), text);
        }
        // From before there were versions.
        argon2_hash hash;
        ASSERT_TRUE(parse_argon2(each.start + rest, hash));
        EXPECT_EQ(hash.version, 0x10U);
        EXPECT_EQ(format_argon2(hash).view(), each.start + "v=16$" + rest);
    }
}

TEST(phc_string, refuses_everything_else)
{
    const std::string salt = "c29tZXNhbHQ";
    const std::string tag = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for (std::string head : {
             "argon2id$v=19$m=256,t=2,p=1",
             "$argon2ID$v=19$m=256,t=2,p=1",
             "$argon2$v=19$m=256,t=2,p=1",
             "$argon2id$v=18$m=256,t=2,p=1",
             "$argon2id$v=016$m=256,t=2,p=1",
             "$argon2id$v=$m=256,t=2,p=1",
             "$argon2id$$m=256,t=2,p=1",
             "$argon2id$v=19$v=19$m=256,t=2,p=1",
             "$argon2id$v=19$t=2,m=256,p=1",
             "$argon2id$v=19$m=256,t=2",
             "$argon2id$v=19$m=256,t=2,p=1,keyid=AAAA",
             "$argon2id$v=19$m=256,t=2,p=1,data=AAAA",
             "$argon2id$v=19$m=0,t=2,p=1",
             "$argon2id$v=19$m=256,t=0,p=1",
             "$argon2id$v=19$m=256,t=2,p=0",
             "$argon2id$v=19$m=0256,t=2,p=1",
             "$argon2id$v=19$m=+256,t=2,p=1",
             "$argon2id$v=19$m=-256,t=2,p=1",
             "$argon2id$v=19$m= 256,t=2,p=1",
             "$argon2id$v=19$m=256 ,t=2,p=1",
             "$argon2id$v=19$m=,t=2,p=1",
             "$argon2id$v=19$m=4294967296,t=2,p=1",
             "$argon2id$v=19$m=99999999999999999999,t=2,p=1",
             "$2b$12",
             "scrypt:32768:8:1",
             "",
         }) {
        EXPECT_FALSE(parses(with(head, salt, tag))) << head;
    }

    const std::string head = "$argon2id$v=19$m=256,t=2,p=1";
    EXPECT_TRUE(parses(with(head, salt, tag)));
    EXPECT_FALSE(parses(with(head, "c29tZXNhbA", tag))) << "7 bytes of salt";
    EXPECT_FALSE(parses(with(head, "", tag)));
    EXPECT_FALSE(parses(with(head, std::string(87, 'A'), tag))) << "65 bytes";
    EXPECT_FALSE(parses(with(head, std::string(1 << 16, 'A'), tag)));
    EXPECT_FALSE(parses(with(head, salt + "=", tag)));
    EXPECT_FALSE(parses(with(head, "c29tZXNhbHR", tag))) << "stray bits";
    EXPECT_FALSE(parses(with(head, "c29tZXNhbHQAA", tag))) << "lone digit";
    EXPECT_FALSE(parses(with(head, "c29t-XNhbHQ", tag)));
    EXPECT_FALSE(parses(with(head, salt, "")));
    EXPECT_FALSE(parses(with(head, salt, "AAAAAAAAAA"))) << "7 bytes of tag";
    EXPECT_FALSE(parses(with(head, salt, std::string(87, 'A'))));
    EXPECT_FALSE(parses(with(head, salt, tag) + "$"));
    EXPECT_FALSE(parses(with(head, salt, tag) + "\n"));
    EXPECT_FALSE(parses(
        std::string_view((with(head, salt, tag) + std::string(1, '\0')))));
    EXPECT_FALSE(parses(std::string_view()));
}

TEST(phc_string, refuses_every_cut)
{
    // Shorter tags are valid hashes of their own, down to 8 bytes.
    std::size_t tag = valid.rfind('$') + 1;
    for (std::size_t size = 0; size < tag + 11; ++size) {
        EXPECT_FALSE(parses(valid.substr(0, size))) << size;
    }
}

TEST(phc_string, has_one_spelling_for_what_it_accepts)
{
    std::mt19937 random(1);
    const std::string bytes = "$,=v19mtp0123456789azAZ+/ \n\xff";
    int accepted = 0;
    for (int i = 0; i < 200000; ++i) {
        std::string text = valid;
        for (int n = random() % 3; n >= 0; --n) {
            std::size_t at = random() % text.size();
            char c = bytes[random() % bytes.size()];
            switch (random() % 3) {
            case 0:
                text[at] = c;
                break;
            case 1:
                text.insert(at, 1, c);
                break;
            default:
                text.erase(at, 1);
                break;
            }
        }
        argon2_hash hash;
        if (parse_argon2(text, hash)) {
            ++accepted;
            ASSERT_EQ(format_argon2(hash).view(), text);
        }
    }
    EXPECT_GT(accepted, 1000);
}

} // namespace
} // namespace auth
