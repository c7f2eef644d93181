#include "../hash_spies/legacy_hash_spy.h"
#include "hash/password_hash.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <stdexcept>
#include <string>

namespace auth {
namespace {

const std::string foreign =
    "p\xc3\xa4ssw\xc3\xb6rd \xe5\xaf\x86\xe7\xa0\x81 \xf0\x9f\x94\x91";
const std::string composed = "caf\xc3\xa9 au lait";
const std::string decomposed = "cafe\xcc\x81 au lait";

const std::string key64(128, '0');
const std::string key32(64, '0');

verdict check(const std::string& stored)
{
    return verify_password("hunter2", stored);
}

class werkzeug_hash : public testing::Test
{
protected:
    void SetUp() override { legacy_hash_spy::reset(); }
    void TearDown() override { legacy_hash_spy::reset(); }
};

TEST_F(werkzeug_hash, agrees_with_werkzeug)
{
    const struct {
        std::string password, stored;
    } vectors[] = {
        // generate_password_hash() of Werkzeug 3.1.9, also with
        // method="scrypt:…"
        {"hunter2",
         "scrypt:32768:8:1$sjXK6nnpb0ROEk5z$"
         "de9389f8953b0593c2297cfaa30980b34dacd14809b7c5362efdd939e059e6f5"
         "8c9cfd3810547da8e08ab07374fac8170b00c21aef2357ec384b18d6af8a2829"},
        {foreign,
         "scrypt:32768:8:1$gwMxmAwcVt7Ezd3F$"
         "6b1e50d58d9b7efc701793a06ff2564a4119b17c321677843c08cd78e7d375f0"
         "78201a9fc4c64df00c806b0189de245909a7b14ce21c8b1262f6a4a622da9ff5"},
        {composed,
         "scrypt:32768:8:1$Ku6HE813TBkAyTuv$"
         "2d91e7ac7b5c140020909d29b451a446100cd6aa3954702c237ac777eb610af0"
         "d109f8f27548c3b7c5b0a48222da83608dafab020218162b96ac4685476a7b11"},
        {decomposed,
         "scrypt:32768:8:1$VffmLdfQhCoIl9Ff$"
         "6b21ed6b7aea52c2a8ba3d8ba073035f3c81fb4e6901f48ee22515f0a5efe063"
         "3b0571b5bce67f29bccfbea4cc0bc7accc4add2cf7c796c7e474619b53257d00"},
        {"hunter2",
         "scrypt:16:1:2$Dgv8eqRcAmYzxBWt$"
         "47dcd0b1c37fc9ff671dff7655957e82c3c99af841b0ab74bbf16e24e702d818"
         "5a83911243e68a694136e0516608c3ad7a7275db78910328ec9aa9122427ec19"},
        {"hunter2",
         "scrypt:1024:8:3$O$"
         "cee89fcc1f6d7cfd9be9e02b4face7f379441427291014d7fb8429845d3b085c"
         "7cd4dda1521eac4e9a30aa098f94066d5fbaa39bf62774090420d92bd447a83c"},
        {"",
         "scrypt:1024:8:1$jaMxreugnUGiZKHu$"
         "ff50e6d7c5891102bd5f2cee2fc4cedfddbc1d2765538f811a6a525549022025"
         "59d086175683979ee05ade0de7b0ac95d02a7030b114319e3337a4819bcb2a50"},
        {std::string(8000, 'x'),
         "scrypt:1024:8:1$WAc0R4hkYDgDK4dE$"
         "796e7c413c205ce502dfe4efd2b0f7ddf557749fe75ff84c90cd90240d8ad0c1"
         "40756d9e07ddf5c1c328129d52c0b50765362157262d717e6e0e6b3e4de48113"},
        // method="pbkdf2", and others of its kind
        {"hunter2",
         "pbkdf2:sha256:1000000$riDbakzWwmZYSocm$"
         "5cb3eb5780164f2abdaf978e146df46e623a6949338dcce73acb9ef87dc6e898"},
        {"hunter2",
         "pbkdf2:sha256:1000$AckE7RAVlkRHYkHT$"
         "c680bdac98d19f5d6b7459ed58148cc5fc3c287db9e309592159356e6004958e"},
        {foreign,
         "pbkdf2:sha256:1000$t1tT6q8mjbX8PgoS$"
         "3dcc1e84bab50bd65b671ac0f989c455536341700723cdcca42db85e1b58d231"},
        {composed,
         "pbkdf2:sha256:1000$JYbpzomcCRAQNAxg$"
         "09edaabaf604f1878a30382213e125cfcb5330f0cb538af4d629a514082866e1"},
        {decomposed,
         "pbkdf2:sha256:1000$le0wBTGpGxZp3WfZ$"
         "5ca721e2b34a4886b6ef12d094b7959782e32019e8a51bf955ec9023fdf3f2ed"},
        {"hunter2", "pbkdf2:sha1:1000$Hk1ZDWK5$"
                    "e1a29092ca2aee86d399679fcad2a9f8213bf0b9"},
        {"hunter2",
         "pbkdf2:sha512:1000$Yl9ouUK4tTfYtgxTe7trBYotGU1Fpy91oJQY9lfA$"
         "46ae70ab201e0d3aa4f8ffdeea5e1bb8fab93d39cef7fa0a54736ecde9003b9b"
         "c487cc6605d3c80f3f8160b494621e7c70e094752ffb4d9f17bd9cad4df6f781"},
        {"",
         "pbkdf2:sha256:1$z7MKXhQqpx67PluG$"
         "ad3070d9714e51014e9b63668cdba54f1b0db1b52cffcbd5080ddfc29bea41aa"},
        {std::string(8000, 'x'),
         "pbkdf2:sha256:1$3URRgjX2TJc55Wsy$"
         "c42df42731f9c673ffbdd942e16fadc8d4d53b8690f05dcbd5476e3c8d324894"},
    };
    for (const auto& each : vectors) {
        EXPECT_EQ(verify_password(each.password, each.stored), verdict::match)
            << each.stored;
        EXPECT_TRUE(needs_rehash(each.stored, {1, 1, 1})) << each.stored;
    }
    for (const auto& each : vectors) {
        if (each.stored.find(":1000000$") != std::string::npos) {
            continue;
        }
        EXPECT_EQ(verify_password(each.password + "x", each.stored),
                  verdict::mismatch)
            << each.stored;
        EXPECT_EQ(verify_password("Hunter2", each.stored), verdict::mismatch)
            << each.stored;
    }
}

TEST_F(werkzeug_hash, every_byte_of_the_key_counts)
{
    const std::string head = "pbkdf2:sha1:1000$Hk1ZDWK5$";
    const std::string key = "e1a29092ca2aee86d399679fcad2a9f8213bf0b9";
    ASSERT_EQ(check(head + key), verdict::match);
    for (std::size_t i = 0; i < key.size(); ++i) {
        std::string other = key;
        other[i] = other[i] == '0' ? '1' : '0';
        EXPECT_EQ(check(head + other), verdict::mismatch) << i;
    }
}

TEST_F(werkzeug_hash, other_spellings_are_unusable)
{
    ASSERT_EQ(check("scrypt:16:1:1$salt$" + key64), verdict::mismatch);
    ASSERT_EQ(check("pbkdf2:sha256:1$salt$" + key32), verdict::mismatch);
    legacy_hash_spy::reset();
    for (std::string head :
         {"scrypt:$salt$",         "scrypt $salt$",
          "scrypt:16$salt$",       "scrypt:16:1$salt$",
          "scrypt:16:1:$salt$",    "scrypt:16:1:1:1$salt$",
          "scrypt:016:1:1$salt$",  "scrypt:+16:1:1$salt$",
          "scrypt:-16:1:1$salt$",  "scrypt: 16:1:1$salt$",
          "scrypt:1_6:1:1$salt$",  "scrypt:16.0:1:1$salt$",
          "scrypt:0:1:1$salt$",    "scrypt:16:0:1$salt$",
          "scrypt:16:1:0$salt$",   "scrypt:16:1:1",
          "scrypt:16:1:1$",        "scrypt:16:1:1$$",
          "scrypt:16:1:1$salt",    "scrypt:16:1:1$salt$$",
          "scrypt:16:1:1$sa lt$",  "scrypt:16:1:1$s\xc3\xa4lt$",
          "scrypt:16:1:1$sa\nlt$", "Scrypt:16:1:1$salt$",
          " scrypt:16:1:1$salt$",  "$scrypt$ln=4,r=1,p=1$salt$",
          "crypt:16:1:1$salt$"}) {
        EXPECT_EQ(check(head + key64), verdict::unusable) << head;
    }
    for (std::string head : {"pbkdf2:$salt$",
                             "pbkdf2:sha999$salt$",
                             "pbkdf2:sha256:$salt$",
                             "pbkdf2:sha256:0$salt$",
                             "pbkdf2:sha256:01$salt$",
                             "pbkdf2:sha256:-1$salt$",
                             "pbkdf2:sha256:1:1$salt$",
                             "pbkdf2:1$salt$",
                             "pbkdf2::1$salt$",
                             "pbkdf2:sha,256:1$salt$",
                             "pbkdf2:sha2567:1$salt$",
                             "pbkdf2:md5:1$salt$",
                             "pbkdf2:shake_256:1$salt$",
                             "pbkdf2:sha256:1$$",
                             "pbkdf2:sha256:1$",
                             "pbkdf2:whirlpool:1$salt$",
                             "pbkdf2:null:1$salt$",
                             "pbkdf2_sha256$1$salt$",
                             "sha256$salt$",
                             "plain$$"}) {
        EXPECT_EQ(check(head + key32), verdict::unusable) << head;
    }
    EXPECT_EQ(check("pbkdf2:sha1:1$salt$" + key32), verdict::unusable);
    EXPECT_EQ(check("pbkdf2:sha512:1$salt$" + key32), verdict::unusable);
    EXPECT_EQ(check("scrypt:16:1:1$salt$" + key32), verdict::unusable);
    EXPECT_EQ(legacy_hash_spy::calls, 0);
}

TEST_F(werkzeug_hash, keys_and_salts_are_whole)
{
    const std::string head = "pbkdf2:sha256:1$salt$";
    for (std::string key :
         {std::string(), key32.substr(1), key32.substr(2), key32 + "0",
          key32 + "00", key32 + "\n", key32 + "$", key32 + std::string(1, '\0'),
          key32.substr(1) + "A", key32.substr(1) + "g", "x" + key32.substr(1),
          key32.substr(1) + " ", key32.substr(1) + "\xff"}) {
        EXPECT_EQ(check(head + key), verdict::unusable) << key;
    }
    for (std::size_t size : {1, 128}) {
        EXPECT_EQ(
            check("pbkdf2:sha256:1$" + std::string(size, 's') + "$" + key32),
            verdict::mismatch);
    }
    for (std::size_t size : {0, 129, 100000}) {
        EXPECT_EQ(
            check("pbkdf2:sha256:1$" + std::string(size, 's') + "$" + key32),
            verdict::unusable);
    }
    // Every cut of a whole one.
    const std::string whole = "scrypt:16:1:1$salt$" + key64;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(check(whole.substr(0, size)), verdict::unusable) << size;
    }
}

TEST_F(werkzeug_hash, costs_are_capped_before_any_work)
{
    for (std::string cost :
         {"4194304:8:1", "524288:8:1", "262144:8:2", "262144:9:1", "32768:8:9",
          "1024:33:1", "1024:4294967295:1", "1024:1:17", "1024:1:4294967295",
          "4294967295:32:16", "2147483648:1:1", "4294967296:1:1",
          "99999999999999999999:8:1"}) {
        EXPECT_EQ(check("scrypt:" + cost + "$salt$" + key64), verdict::unusable)
            << cost;
    }
    // Numbers that scrypt is not defined for.
    for (std::string cost : {"1:8:1", "3:8:1", "32767:8:1", "65536:1:1"}) {
        EXPECT_EQ(check("scrypt:" + cost + "$salt$" + key64), verdict::unusable)
            << cost;
    }
    for (std::string digest : {"sha1", "sha256", "sha512"}) {
        for (std::string iterations :
             {"5000001", "4294967295", "4294967296", "99999999999999999999"}) {
            EXPECT_EQ(
                check("pbkdf2:" + digest + ":" + iterations + "$salt$" + key32),
                verdict::unusable)
                << iterations;
        }
    }
    for (std::string digest : {"sha3_256", "blake2s", "sm3"}) {
        EXPECT_EQ(check("pbkdf2:" + digest + ":1000001$salt$" + key32),
                  verdict::unusable)
            << digest;
    }
    EXPECT_EQ(legacy_hash_spy::calls, 0);

    // The dearest that are computed, as far as a test can wait for them.
    for (std::string cost : {"262144:8:1", "2:32:16", "32768:1:1"}) {
        EXPECT_EQ(check("scrypt:" + cost + "$salt$" + key64), verdict::mismatch)
            << cost;
    }
    EXPECT_EQ(check("pbkdf2:sha256:5000000$salt$" + key32), verdict::mismatch);
}

TEST_F(werkzeug_hash, throws_where_it_cannot_be_computed)
{
    for (const std::string& stored :
         {"scrypt:16:1:1$salt$" + key64, "pbkdf2:sha256:1$salt$" + key32}) {
        legacy_hash_spy::fail = true;
        EXPECT_THROW(check(stored), std::runtime_error);
        EXPECT_EQ(ERR_peek_error(), 0U);
        EXPECT_EQ(check(stored), verdict::mismatch);
    }
}

} // namespace
} // namespace auth
