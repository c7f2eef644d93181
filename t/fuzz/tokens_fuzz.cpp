// The values of our own cookies, as a client may send them: session token and
// device token. First line a realm's name, second a user's, then the value.
// Whatever is sent, without the key nothing is genuine.

#include "target.h"

#include "base/random_bytes.h"
#include "session/session_token.h"
#include "throttle/device_token.h"

#include <algorithm>
#include <array>
#include <optional>

namespace auth::fuzz {

namespace {

/// The hour of a genuine token.
std::optional<token_hour> hour_of(const token_key& key, std::string_view token)
{
    token_hour hour = 0;
    return verify_session_token(key, token, hour) == token_verdict::genuine
               ? std::optional(hour)
               : std::nullopt;
}

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Keys that no input can have been made for.
template <typename Key>
Key fresh_key()
{
    Key key;
    HOLDS(fill_random(key.data(), key.size()));
    return key;
}

bool is_spelt_right(std::string_view entry)
{
    // 43 digits have two bits more than 32 bytes.
    return entry.size() == 43 &&
           entry.find_first_not_of(digits) == entry.npos &&
           digits.find(entry.back()) % 4 == 0;
}

/// What of a cookie a renewed one keeps.
std::vector<std::string> entries_of(std::string_view cookie)
{
    std::vector<std::string> entries;
    if (cookie.size() > 5 * 43 || cookie.size() % 43 != 0) {
        return entries;
    }
    for (; !cookie.empty(); cookie.remove_prefix(43)) {
        const std::string entry(cookie.substr(0, 43));
        if (is_spelt_right(entry) &&
            std::find(entries.begin(), entries.end(), entry) == entries.end()) {
            entries.push_back(entry);
        }
    }
    return entries;
}

device_cookies sent(std::string_view cookie)
{
    device_cookies cookies{false, {}};
    cookies.add(cookie);
    return cookies;
}

void check_renewed(const device_realm& realm, std::string_view user,
                   std::string_view cookie)
{
    device_token renewed;
    const device_user who{user, user, cookie.size()};
    HOLDS(renew_device(realm, who, sent(cookie), renewed));
    const auto before = entries_of(cookie);
    const auto after = entries_of(renewed.view());
    HOLDS(after.size() == std::min<std::size_t>(before.size() + 1, 5));
    HOLDS(renewed.size == after.size() * 43);
    for (std::size_t i = 1; i < after.size(); ++i) {
        HOLDS(after[i] == before[i - 1]);
    }

    device_key device;
    HOLDS(find_device(realm, user, sent(renewed.view()), device));
    HOLDS(!find_device(realm, std::string(user) + "x", sent(renewed.view()),
                       device));
    const std::string other_name = std::string(realm.name) + "x";
    HOLDS(!find_device({other_name, realm.secrets, realm.count}, user,
                       sent(renewed.view()), device));

    // Renewed once more, the user has one entry still.
    device_token again;
    HOLDS(renew_device(realm, who, sent(renewed.view()), again));
    HOLDS(entries_of(again.view()).size() == after.size());
    HOLDS(again.view() == renewed.view());

    // The first entry is the genuine one: any other digit makes it none.
    std::string changed(renewed.view());
    const std::size_t at = cookie.size() % 43;
    changed[at] = digits[(digits.find(changed[at]) + 1) % 64];
    HOLDS(!find_device(realm, user, sent(changed), device));
}

void check_session_token(std::string_view token)
{
    static const auto key = fresh_key<token_key>();
    HOLDS(!hour_of(key, token));
    digest_session_token(token);

    std::array<char, session_token_size> fresh;
    HOLDS(make_session_token(key, 480000, fresh));
    HOLDS(hour_of(key, {fresh.data(), fresh.size()}) == 480000u);
    char& changed = fresh[token.size() % 43];
    changed = digits[(digits.find(changed) + 1) % 64];
    HOLDS(!hour_of(key, {fresh.data(), fresh.size()}));
}

} // namespace

void run(std::string_view input)
{
    static const std::array<device_secret, 2> secrets = {
        fresh_key<device_secret>(), fresh_key<device_secret>()};
    const exact_bytes name(take_line(input)), user(take_line(input));
    const exact_bytes cookie(input);
    const device_realm realm{name.view(), secrets.data(), secrets.size()};

    device_key device;
    HOLDS(!find_device(realm, user.view(), sent(cookie.view()), device));
    check_renewed(realm, user.view(), cookie.view());
    check_session_token(cookie.view());
}

} // namespace auth::fuzz
