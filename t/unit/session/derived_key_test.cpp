#include "session/derived_key.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace auth {
namespace {

const std::string secret(32, 'k');

/// The first and the last byte.
std::pair<int, int> ends(const derived_key& key)
{
    return {key.front(), key.back()};
}

// As Python has it: hmac.new(b"k" * 32, b"device cookies\0site", "sha256")
TEST(derived_key, is_an_hmac_of_purpose_and_realm)
{
    EXPECT_EQ(ends(derive_key(secret, key_purpose::device_cookies, "site")),
              std::pair(0x0a, 0xf8));
    EXPECT_EQ(ends(derive_key(secret, key_purpose::dummy_hashes, "site")),
              std::pair(0x04, 0x43));
}

TEST(derived_key, of_a_realm_depends_on_its_name)
{
    for (const key_purpose purpose :
         {key_purpose::session_tokens, key_purpose::device_cookies}) {
        const derived_key key = derive_key(secret, purpose, "site");
        EXPECT_EQ(key, derive_key(secret, purpose, "site"));
        EXPECT_NE(key, derive_key(secret, purpose, "sites"));
        EXPECT_NE(key, derive_key(secret, purpose, ""));
        EXPECT_NE(key, derive_key(secret + "k", purpose, "site"));
    }
}

TEST(derived_key, of_users_data_is_the_same_in_every_realm)
{
    const derived_key key =
        derive_key(secret, key_purpose::dummy_hashes, "site");
    EXPECT_EQ(key, derive_key(secret, key_purpose::dummy_hashes, "other"));
    EXPECT_NE(key, derive_key(secret + "k", key_purpose::dummy_hashes, "site"));
}

TEST(derived_key, is_another_one_for_each_purpose)
{
    std::set<derived_key> keys;
    for (const key_purpose purpose :
         {key_purpose::session_tokens, key_purpose::device_cookies,
          key_purpose::dummy_hashes, key_purpose::key_ids}) {
        for (const char* realm : {"", "site"}) {
            keys.insert(derive_key(secret, purpose, realm));
        }
    }
    EXPECT_EQ(keys.size(), 6U);
}

// As Python has it: hmac.new(b"k" * 32, b"key ids\0", "sha256")
TEST(derived_key, has_an_id_that_tells_it_from_another_one)
{
    EXPECT_EQ(key_id(secret), "2e1a811d9f7d631c8b09b51ccf90588f");
    EXPECT_NE(key_id(secret), key_id(secret + "k"));
}

} // namespace
} // namespace auth
