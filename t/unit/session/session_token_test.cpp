#include "session/session_token.h"

#include "base/random_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace auth {
namespace {

/// The hour of a genuine token.
std::optional<token_hour> hour_of(const token_key& key, std::string_view token)
{
    token_hour hour = 0;
    return verify_session_token(key, token, hour) == token_verdict::genuine
               ? std::optional(hour)
               : std::nullopt;
}

constexpr token_hour some_hour = 0x01020304;

using token_text = std::array<char, session_token_size>;

std::string_view view_of(const token_text& token)
{
    return {token.data(), token.size()};
}

token_key some_key()
{
    token_key key;
    EXPECT_TRUE(fill_random(key.data(), key.size()));
    return key;
}

token_text make(const token_key& key)
{
    token_text token;
    EXPECT_TRUE(make_session_token(key, some_hour, token));
    return token;
}

TEST(session_token, a_million_are_unique_and_genuine)
{
    const token_key key = some_key();
    std::vector<token_text> tokens(1'000'000);
    for (token_text& token : tokens) {
        ASSERT_TRUE(make_session_token(key, some_hour, token));
        ASSERT_EQ(hour_of(key, view_of(token)), some_hour);
    }
    std::sort(tokens.begin(), tokens.end());
    EXPECT_EQ(std::adjacent_find(tokens.begin(), tokens.end()), tokens.end());

    // Behind the hour each place takes every character: nothing is stuck.
    constexpr std::size_t hour_characters = 6;
    for (std::size_t i = hour_characters; i < session_token_size; ++i) {
        bool seen[256] = {};
        for (const token_text& token : tokens) {
            seen[static_cast<unsigned char>(token[i])] = true;
        }
        EXPECT_EQ(std::count(std::begin(seen), std::end(seen), true),
                  i + 1 < session_token_size ? 64 : 16);
    }
}

TEST(session_token, tells_its_hour)
{
    const token_key key = some_key();
    for (const token_hour hour : {0u, 1u, 0x12345678u, UINT32_MAX}) {
        token_text token;
        ASSERT_TRUE(make_session_token(key, hour, token));
        EXPECT_EQ(hour_of(key, view_of(token)), hour);
    }
}

TEST(session_token, another_key_refuses_it)
{
    const token_key key = some_key();
    const token_text token = make(key);
    for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
        token_key other = key;
        other[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        EXPECT_FALSE(hour_of(other, view_of(token)));
    }
}

TEST(session_token, any_changed_character_is_refused)
{
    const token_key key = some_key();
    const token_text token = make(key);
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (int c = 0; c < 256; ++c) {
            token_text other = token;
            other[i] = static_cast<char>(c);
            EXPECT_EQ(hour_of(key, view_of(other)).has_value(), other == token)
                << "character " << i << " is " << c;
        }
    }
}

TEST(session_token, malformed)
{
    const token_key key = some_key();
    const token_text token = make(key);
    const std::string good(view_of(token));
    const auto with = [&](std::size_t at, char c) {
        std::string text = good;
        text[at] = c;
        return text;
    };
    const std::vector<std::string> malformed = {
        "",
        "A",
        good.substr(1),
        good.substr(0, 42),
        good + "A",
        good + "=",
        good + std::string(1, '\0'),
        " " + good,
        " " + good.substr(1),
        std::string(43, '='),
        std::string(43, '\0'),
        std::string(43, '\xff'),
        std::string(4096, 'A'),
        with(0, '+'),
        with(20, '/'),
        with(42, '='),
        with(7, '\n'),
        with(7, '"'),
        with(7, '\x80'),
        with(7, '@'),
        with(7, '['),
        with(7, '`'),
        with(7, '{'),
        with(7, ':'),
        with(7, '.'),
    };
    for (const std::string& text : malformed) {
        EXPECT_FALSE(hour_of(key, text)) << text;
    }
    EXPECT_FALSE(hour_of(key, std::string(43, 'A')));
}

// Two unused bits in the last character: the other three spellings of the
// same bytes are not the token.
TEST(session_token, has_one_spelling)
{
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
    const token_key key = some_key();
    token_text token = make(key);
    const std::size_t last = alphabet.find(token.back());
    ASSERT_EQ(last % 4, 0u);
    for (std::size_t unused = 1; unused < 4; ++unused) {
        token.back() = alphabet[last + unused];
        EXPECT_FALSE(hour_of(key, view_of(token)));
    }
}

// From Python: hashlib, hmac, base64.urlsafe_b64encode.
TEST(session_token, known_values)
{
    token_key key;
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = static_cast<std::uint8_t>(i);
    }
    EXPECT_EQ(hour_of(key, "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7b2OqOt_gm8Y"),
              0x64656667u);
    const session_digest digest =
        digest_session_token("ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7b2OqOt_gm8Y");
    const std::array<char, 12> id = public_session_id(digest);
    EXPECT_EQ(std::string(id.data(), id.size()), "5e313c39cef3");

    // SHA-256 of no bytes at all.
    const session_digest empty = digest_session_token("");
    EXPECT_EQ(empty[0], 0xe3);
    EXPECT_EQ(empty[31], 0x55);
}

TEST(session_token, random_bytes_fill_everything)
{
    EXPECT_TRUE(fill_random(nullptr, 0));
    std::vector<std::uint8_t> bytes(100'000); // more than one read
    EXPECT_TRUE(fill_random(bytes.data(), bytes.size()));
    EXPECT_LT(std::count(bytes.begin(), bytes.end(), 0), 1000);
    EXPECT_LT(std::count(bytes.end() - 1000, bytes.end(), 0), 100);
}

} // namespace
} // namespace auth
