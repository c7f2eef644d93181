#include "throttle/device_token.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <initializer_list>
#include <random>
#include <set>
#include <string>

namespace auth {
namespace {

class device_tokens : public ::testing::Test
{
protected:
    device_tokens()
    {
        for (std::uint8_t i = 0; i < 32; ++i) {
            secrets_[0][i] = i;
            secrets_[1][i] = static_cast<std::uint8_t>(i + 100);
        }
    }

    std::string renew(const std::string& name, const std::string& cookie)
    {
        return renew(site, name, cookie);
    }

    static std::string renew(const device_realm& realm, const std::string& name,
                             const std::string& cookie,
                             std::uint64_t prefix = 1,
                             const std::string& folded = "")
    {
        device_token token;
        const device_user user{name, folded.empty() ? name : folded, prefix};
        EXPECT_TRUE(renew_device(realm, user, sent({cookie}), token));
        return std::string(token.view());
    }

    static device_cookies sent(std::initializer_list<std::string_view> values,
                               bool secure = false)
    {
        device_cookies cookies{secure, {}};
        for (const std::string_view value : values) {
            cookies.add(value);
        }
        return cookies;
    }

    bool known(const std::string& name, std::string_view cookie,
               bool secure = false)
    {
        return find_device(site, name, sent({cookie}, secure), device);
    }

    // Four other users' entries, then one of "ann".
    std::string five_users()
    {
        std::string cookie;
        for (const char* name : {"ann", "bob", "cat", "dan", "eve"}) {
            cookie = renew(name, cookie);
        }
        return cookie;
    }

    device_secret secrets_[2];
    device_realm site{"site", &secrets_[0], 1};
    device_realm site_after_change{"site", &secrets_[0], 2};
    device_realm old_site{"site", &secrets_[1], 1};
    device_realm other_site{"other", &secrets_[0], 1};
    device_key device{};
};

// Computed elsewhere, from the header's description.
TEST_F(device_tokens, have_the_documented_format)
{
    constexpr char cookie[] = "ZGVmZ2hpamtsbW5vcHFyc4EtiLVi1SfsbyEl5qYtKZM";
    constexpr char secure[] = "ZGVmZ2hpamtsbW5vcHFyc46z5xC9heFl4VWo31HYrP0";
    ASSERT_TRUE(known("ann", secure, true));
    ASSERT_TRUE(known("ann", cookie));
    for (std::uint8_t i = 0; i < device.size(); ++i) {
        EXPECT_EQ(device[i], 100 + i);
    }
}

TEST_F(device_tokens, vouch_for_their_user_only)
{
    const std::string cookie = renew("ann", "");
    EXPECT_EQ(cookie.size(), device_entry_size);
    EXPECT_EQ(cookie.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
                                       "mnopqrstuvwxyz0123456789-_"),
              cookie.npos);
    EXPECT_TRUE(known("ann", cookie));
    for (const char* name : {"", "an", "anna", "bob", "Ann"}) {
        EXPECT_FALSE(known(name, cookie)) << name;
    }
    EXPECT_TRUE(known("", renew("", "")));
}

TEST_F(device_tokens, are_of_one_realm)
{
    EXPECT_FALSE(
        find_device(other_site, "ann", sent({renew("ann", "")}), device));
    // Where the realm ends and the name begins is not a matter of taste.
    const device_realm ab{"ab", &secrets_[0], 1}, a{"a", &secrets_[0], 1};
    EXPECT_FALSE(find_device(a, "bc", sent({renew(ab, "c", "")}), device));
}

TEST_F(device_tokens, are_of_one_kind_of_cookie)
{
    const std::string plain = renew("ann", "");
    EXPECT_FALSE(known("ann", plain, true));
    device_token token;
    ASSERT_TRUE(
        renew_device(site, {"ann", "ann", 1}, sent({plain}, true), token));
    // What is no entry of this kind may be another user's.
    EXPECT_EQ(token.view().substr(device_entry_size), plain);
    EXPECT_TRUE(known("ann", token.view(), true));
    EXPECT_FALSE(known("ann", token.view().substr(0, device_entry_size)));
    // Attempts are counted under one name, whatever kind vouches for it.
    const device_key secure = device;
    EXPECT_TRUE(known("ann", plain));
    EXPECT_EQ(device, secure);
}

TEST_F(device_tokens, of_several_cookies_are_all_good)
{
    const std::string ann = renew("ann", ""), bob = renew("bob", "");
    EXPECT_TRUE(find_device(site, "ann", sent({bob, ann}), device));
    EXPECT_TRUE(find_device(site, "ann", sent({"x", "", ann}), device));
    EXPECT_TRUE(
        find_device(site, "ann", sent({bob, five_users(), bob, ann}), device));
    EXPECT_FALSE(
        find_device(site, "ann", sent({bob, bob, bob, bob, ann}), device));

    device_token token;
    ASSERT_TRUE(
        renew_device(site, {"cat", "cat", 1}, sent({bob, ann, bob}), token));
    EXPECT_EQ(token.view().substr(device_entry_size), bob + ann);
}

TEST_F(device_tokens, survive_a_new_secret_while_the_old_one_is_kept)
{
    const std::string old = renew(old_site, "ann", "");
    EXPECT_FALSE(known("ann", old));
    EXPECT_TRUE(find_device(site_after_change, "ann", sent({old}), device));
    const std::string fresh = renew(site_after_change, "ann", old);
    EXPECT_EQ(fresh.size(), device_entry_size); // the old one has gone
    EXPECT_TRUE(known("ann", fresh));
}

TEST_F(device_tokens, name_a_device_by_its_user_and_network)
{
    constexpr std::uint64_t ipv4 = 0xff00'0004'c000'0201;
    constexpr std::uint64_t ipv6 = 0x2001'0db8'0001'0000;
    std::set<device_key> names;
    const auto add = [&](const std::string& name, const std::string& folded,
                         std::uint64_t prefix, const device_realm& realm) {
        EXPECT_TRUE(find_device(realm, name,
                                sent({renew(realm, name, "", prefix, folded)}),
                                device));
        names.insert(device);
    };
    // However often, from wherever in it, and however typed: it is one.
    for (std::uint64_t i = 0; i < 100; ++i) {
        add("ann", "ann", ipv6 + i, site);
        add("Ann", "ann", ipv6 + i, site);
    }
    EXPECT_EQ(names.size(), 1u);

    add("ann", "ann", ipv6 + 0x10000, site);
    add("ann", "ann", ipv4, site);
    add("ann", "ann", ipv4 + 1, site);
    add("ann", "ann", 0, site);
    add("bob", "bob", ipv6, site);
    add("ann", "ann", ipv6, other_site);
    add("ann", "ann", ipv6, old_site);
    EXPECT_EQ(names.size(), 8u);
}

TEST_F(device_tokens, hold_five_users_and_drop_the_oldest)
{
    std::string cookie = five_users();
    EXPECT_EQ(cookie.size(), device_users * device_entry_size);
    for (const char* name : {"ann", "bob", "cat", "dan", "eve"}) {
        EXPECT_TRUE(known(name, cookie)) << name;
    }
    cookie = renew("ann", cookie); // now the latest
    cookie = renew("fay", cookie);
    EXPECT_EQ(cookie.size(), device_users * device_entry_size);
    for (const char* name : {"fay", "ann", "eve", "dan", "cat"}) {
        EXPECT_TRUE(known(name, cookie)) << name;
    }
    EXPECT_FALSE(known("bob", cookie));
}

TEST_F(device_tokens, keep_the_others_as_they_are)
{
    const std::string before = five_users();
    const std::string after = renew("cat", before); // the third
    constexpr std::size_t size = device_entry_size;
    EXPECT_EQ(after.substr(0, size), before.substr(2 * size, size));
    EXPECT_EQ(after.substr(size, 2 * size), before.substr(0, 2 * size));
    EXPECT_EQ(after.substr(3 * size), before.substr(3 * size));

    const std::string of_other_realm = renew(other_site, "ann", before);
    EXPECT_TRUE(known("eve", of_other_realm));
    EXPECT_TRUE(find_device(other_site, "ann",
                            sent({renew("eve", of_other_realm)}), device));
}

TEST_F(device_tokens, drop_all_earlier_entries_of_the_user)
{
    const std::string ann = renew("ann", ""), bob = renew("bob", "");
    const std::string cookie = renew("ann", ann + bob + renew("ann", "") + ann);
    EXPECT_EQ(cookie.substr(device_entry_size), bob);
}

TEST_F(device_tokens, tell_no_names)
{
    const std::string name = "a-name-of-some-length";
    const std::string in_base64 = "YS1uYW1lLW9mLXNvbWUtbGVuZ3Ro";
    const std::string cookie = renew(name, "");
    for (std::size_t i = 0; i + 6 <= name.size(); ++i) {
        EXPECT_EQ(cookie.find(name.substr(i, 6)), cookie.npos);
        EXPECT_EQ(cookie.find(in_base64.substr(i, 6)), cookie.npos);
    }
    // The same user's tag is another in every network.
    EXPECT_NE(renew(site, "ann", "", 1 << 16).substr(22),
              renew(site, "ann", "", 2 << 16).substr(22));
}

TEST_F(device_tokens, changed_in_any_bit_are_void)
{
    const std::string cookie = renew("ann", "");
    for (std::size_t i = 0; i < cookie.size(); ++i) {
        for (int other = 1; other < 256; ++other) {
            std::string changed = cookie;
            changed[i] = static_cast<char>(changed[i] ^ other);
            ASSERT_FALSE(known("ann", changed)) << i << ", " << other;
        }
    }
}

TEST_F(device_tokens, cut_or_lengthened_are_void)
{
    const std::string cookie = five_users();
    for (std::size_t size = 0; size < cookie.size(); ++size) {
        EXPECT_EQ(known("eve", cookie.substr(0, size)),
                  size != 0 && size % device_entry_size == 0);
        EXPECT_EQ(known("ann", cookie.substr(size)),
                  size % device_entry_size == 0);
    }
    EXPECT_FALSE(known("eve", cookie + "A"));
    EXPECT_FALSE(known("eve", cookie + renew("ann", "")));
    EXPECT_FALSE(known("eve", std::string(1 << 20, 'A')));
}

TEST_F(device_tokens, bear_any_garbage)
{
    std::mt19937_64 random(1);
    const std::string good = renew("ann", "");
    for (int i = 0; i < 20'000; ++i) {
        std::string cookie(random() % (7 * device_entry_size), 'A');
        for (char& c : cookie) {
            c = static_cast<char>(random());
        }
        if (random() % 2 == 0) {
            cookie.resize(random() % 6 * device_entry_size, '_');
        }
        ASSERT_FALSE(known("ann", cookie));
        const bool fits = cookie.size() % device_entry_size == 0 &&
                          cookie.size() < device_users * device_entry_size;
        ASSERT_EQ(known("ann", cookie + good), fits);
        const std::string fresh = renew("ann", cookie);
        ASSERT_TRUE(known("ann", fresh));
        ASSERT_LE(fresh.size(), device_users * device_entry_size);
        ASSERT_EQ(fresh.size() % device_entry_size, 0u);
    }
    EXPECT_TRUE(known("ann", std::string(device_entry_size, '\0') + good));
    EXPECT_EQ(renew("bob", std::string(device_entry_size, '=') + good)
                  .substr(device_entry_size),
              good);
}

TEST_F(device_tokens, take_microseconds)
{
    const std::string cookie = five_users();
    const auto then = std::chrono::steady_clock::now();
    for (int i = 0; i < 2'000; ++i) {
        known("ann", cookie);
    }
    const std::chrono::duration<double, std::micro> taken =
        std::chrono::steady_clock::now() - then;
    std::printf("    %.1f us to look among five users, %zu bytes at most\n",
                taken.count() / 2'000, sizeof(device_token::bytes));
}

} // namespace
} // namespace auth
