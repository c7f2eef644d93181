#include "session/derived_key.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

// As Python has it: hmac.new(b"k" * 32, b"device\0site", "sha256")
TEST(derived_key, is_an_hmac_of_purpose_and_realm)
{
    const derived_key key = derive_key(std::string(32, 'k'), "site", "device");
    EXPECT_EQ(key[0], 0xaa);
    EXPECT_EQ(key[31], 0x1a);
}

TEST(derived_key, depends_on_everything)
{
    const std::string secret(32, 'k');
    const derived_key key = derive_key(secret, "site", "device");
    EXPECT_EQ(key, derive_key(secret, "site", "device"));
    EXPECT_NE(key, derive_key(secret, "sites", "device"));
    EXPECT_NE(key, derive_key(secret, "site", "session"));
    EXPECT_NE(key, derive_key(secret + "k", "site", "device"));
    // What is the realm's is not the purpose's.
    EXPECT_NE(derive_key(secret, "bc", "a"), derive_key(secret, "c", "ab"));
}

} // namespace
} // namespace auth
