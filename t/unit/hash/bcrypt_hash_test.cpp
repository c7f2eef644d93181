#include "../hash_spies/legacy_hash_spy.h"
#include "hash/password_hash.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace auth {
namespace {

const std::string foreign =
    "p\xc3\xa4ssw\xc3\xb6rd \xe5\xaf\x86\xe7\xa0\x81 \xf0\x9f\x94\x91";
const std::string composed = "caf\xc3\xa9 au lait";
const std::string decomposed = "cafe\xcc\x81 au lait";

const std::string hunter2 =
    "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK";

verdict check(const std::string& stored)
{
    return verify_password("hunter2", stored);
}

class bcrypt_hash : public testing::Test
{
protected:
    void SetUp() override { legacy_hash_spy::reset(); }
    void TearDown() override { legacy_hash_spy::reset(); }
};

TEST_F(bcrypt_hash, agrees_with_others)
{
    const struct {
        std::string password, stored;
    } vectors[] = {
        // Python's bcrypt 5.0.0
        {"hunter2",
         "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK"},
        {"hunter2",
         "$2a$04$vxqkZETo4OjXLMniMAzo1O4Zjk9Dm/dmWqsi6lP6ZWaIJm6SDqJGu"},
        {foreign,
         "$2b$04$my4miETUJOS93KAXRV2rbue/0hWmvv9T5GTp4NEl2rqRqU3E3a.bq"},
        {foreign,
         "$2a$04$DC1koK0/JpnO/GRIfXbs6OocVH7SU15JCuQnBgYi4tJIID162.Tzy"},
        {composed,
         "$2b$04$faTjaNmRXKPPhq637.5uJuBX4ciOPqKszaqeErDA9zmJw6kyNNhve"},
        {composed,
         "$2a$04$oTNMTtopO.3aYOVRGAzfPOgV6iMSNSWmYH7s61n9Nr/5mYBrFa4/G"},
        {decomposed,
         "$2b$04$Mj.eL5XS0K41KA12vAecFevxLjkZircwF72DoaUYmRJuPRy6aLptK"},
        {decomposed,
         "$2a$04$/WyUKgFH/MCgG18EozOXqOa2ULLUkH6WZyejhf1Fd3kfjRhbQfABy"},
        {"hunter2",
         "$2b$12$HY9XXOnXq/jp5tMoLexl2uH3EBHIPe4ieZARiYfe21Ntm81GFP.aa"},
        {"", "$2b$04$eCYjjzFj501IrYOEJ84z7Olyy5Mu8SStcGBNxfJCTRpzLLOkEfLuO"},
        {std::string(72, 'x'),
         "$2b$04$G1h4/Uduxb5EjpvqPOJ/xOjCowZ1J9oEABNIoKLpKqG0Jh3TVrYGm"},
        // PHP's manual, password_verify()
        {"rasmuslerdorf",
         "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq"},
        // crypt_blowfish's wrapper.c
        {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    };
    for (const auto& each : vectors) {
        EXPECT_EQ(verify_password(each.password, each.stored), verdict::match)
            << each.stored;
        EXPECT_EQ(verify_password("Hunter2", each.stored), verdict::mismatch)
            << each.stored;
        EXPECT_TRUE(needs_rehash(each.stored, {1, 1, 1})) << each.stored;
    }
    // One algorithm under three names.
    for (const auto& each : vectors) {
        std::string other = each.stored;
        for (char kind : {'a', 'b', 'y'}) {
            other[2] = kind;
            EXPECT_EQ(verify_password(each.password, other), verdict::match)
                << other;
        }
    }
}

TEST_F(bcrypt_hash, looks_at_72_bytes)
{
    const std::string full(72, 'x');
    const std::string stored =
        "$2b$04$G1h4/Uduxb5EjpvqPOJ/xOjCowZ1J9oEABNIoKLpKqG0Jh3TVrYGm";
    EXPECT_EQ(verify_password(full, stored), verdict::match);
    EXPECT_EQ(verify_password(full + "y", stored), verdict::match);
    EXPECT_EQ(verify_password(std::string(8000, 'x'), stored), verdict::match);
    EXPECT_EQ(verify_password(full.substr(1), stored), verdict::mismatch);
    EXPECT_EQ(verify_password(full.substr(1) + "y", stored), verdict::mismatch);

    // The cut may fall into a character.
    const std::string cut =
        "$2b$04$lsOe1YoVmIxq47UEtrYyD.0uOuE4R6EkpC0Sr2rdvy.7k5oiy.XY.";
    EXPECT_EQ(verify_password(std::string(71, 'x') + "\xc3\xa9", cut),
              verdict::match);
    EXPECT_EQ(verify_password(full, cut), verdict::mismatch);
}

TEST_F(bcrypt_hash, nothing_stops_at_a_nul)
{
    EXPECT_EQ(verify_password(std::string("hunter2\0", 8), hunter2),
              verdict::mismatch);
    EXPECT_EQ(verify_password(std::string("hunter2\0x", 9), hunter2),
              verdict::mismatch);
    EXPECT_EQ(legacy_hash_spy::calls, 2) << "as long as any other";
}

TEST_F(bcrypt_hash, salt_may_have_stray_bits)
{
    // The last of the salt's 22 digits stands for two bits.
    std::string stray = hunter2;
    ASSERT_EQ(stray[28], '.');
    stray[28] = '/';
    EXPECT_EQ(check(stray), verdict::match);
}

TEST_F(bcrypt_hash, every_digit_counts)
{
    for (std::size_t i = 29; i < hunter2.size(); ++i) {
        std::string other = hunter2;
        other[i] = other[i] == '.' ? '/' : '.';
        EXPECT_EQ(check(other), verdict::mismatch) << i;
    }
}

TEST_F(bcrypt_hash, other_spellings_are_unusable)
{
    const std::string rest = hunter2.substr(6);
    for (std::string head :
         {"$2$04",   "$2x$04",         "$2c$04",       "$2B$04",  "2b$04",
          " $2b$04", "$2b$4",          "$2b$4$",       "$2b$004", "$2b$+4",
          "$2b$ 4",  "$2b$4a",         "$2b$0x",       "$2b$",    "$2b$00",
          "$2b$01",  "$2b$03",         "$2b$\xff\xff", "$1$04",   "$5$04",
          "$y$04",   "$bcrypt-sha256$"}) {
        EXPECT_EQ(check(head + rest), verdict::unusable) << head;
    }
    for (std::string tail :
         {"", "a", "$", "\n", "=", "+", "-", " ", "\xff", "\xc3\xa4"}) {
        std::string cut = hunter2.substr(0, hunter2.size() - tail.size());
        if (!tail.empty() && tail != "a") {
            EXPECT_EQ(check(cut + tail), verdict::unusable) << tail;
        }
        EXPECT_EQ(check(hunter2.substr(1) + tail), verdict::unusable) << tail;
        EXPECT_EQ(check(hunter2 + "a" + tail), verdict::unusable) << tail;
    }
    EXPECT_EQ(check(hunter2.substr(0, 59) + std::string(1, '\0')),
              verdict::unusable);
    EXPECT_EQ(check(hunter2 + std::string(100000, 'a')), verdict::unusable);
    for (std::size_t size = 0; size < hunter2.size(); ++size) {
        EXPECT_EQ(check(hunter2.substr(0, size)), verdict::unusable) << size;
    }
    // The salt is base64 of its own, too.
    for (char c : {'+', '=', '$', ' ', '\0'}) {
        std::string other = hunter2;
        other[10] = c;
        EXPECT_EQ(check(other), verdict::unusable) << c;
    }
    EXPECT_EQ(legacy_hash_spy::calls, 0);
}

TEST_F(bcrypt_hash, costs_are_capped_before_any_work)
{
    for (std::string cost : {"16", "20", "31", "32", "99"}) {
        EXPECT_EQ(check("$2b$" + cost + hunter2.substr(6)), verdict::unusable)
            << cost;
    }
    EXPECT_EQ(legacy_hash_spy::calls, 0);
    EXPECT_EQ(check("$2b$15" + hunter2.substr(6)), verdict::mismatch);
}

TEST_F(bcrypt_hash, throws_where_it_cannot_be_computed)
{
    legacy_hash_spy::fail = true;
    EXPECT_THROW(check(hunter2), std::runtime_error);
    EXPECT_EQ(check(hunter2), verdict::match);
}

} // namespace
} // namespace auth
