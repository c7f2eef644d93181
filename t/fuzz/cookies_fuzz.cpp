// A Cookie header, from which ours are cut and in which one is looked for.

#include "target.h"

#include "web/cookies.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

constexpr std::string_view own_names[] = {
    "ngx_auth", "ngx_auth_flash", "ngx_auth_device", "ngx_auth_pending"};

const cookie_names ours = [] {
    cookie_names names;
    for (const std::string_view name : own_names) {
        names.add(name);
    }
    return names;
}();

std::string_view strip(std::string_view text, std::string_view what)
{
    const std::size_t first = text.find_first_not_of(what);
    if (first == text.npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(what) + 1 - first);
}

/// Whether anybody could take a pair for one of our cookies.
bool is_own(std::string_view pair)
{
    pair.remove_prefix(std::min(pair.find_first_not_of(" \t="), pair.size()));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos) {
        return false;
    }
    const std::string name = lower(strip(pair.substr(0, equals), " \t"));
    for (const std::string_view own : own_names) {
        for (const std::string_view prefix : {"", "__host-", "__secure-"}) {
            if (name == std::string(prefix) + std::string(own)) {
                return true;
            }
        }
    }
    return false;
}

/// What must be left: the others with the blanks between them, the ends
/// without separators.
std::string expected_cut(std::string_view header)
{
    const auto pairs = split(header, ';');
    if (std::none_of(pairs.begin(), pairs.end(), is_own)) {
        return std::string(header);
    }
    std::string left;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (!is_own(pairs[i])) {
            left += pairs[i];
            left += i + 1 < pairs.size() ? ";" : "";
        }
    }
    return std::string(strip(left, "; \t"));
}

std::string cut(std::string_view header)
{
    exact_bytes bytes(header);
    const cookie_range found = find_cookies(bytes.view(), ours);
    if (found.empty()) {
        return std::string(header);
    }
    const std::size_t size =
        cut_cookies(bytes.data(), bytes.size(), found, ours);
    HOLDS(size <= header.size());
    return std::string(bytes.view().substr(0, size));
}

std::vector<std::string_view> expected_values(std::string_view header,
                                              std::string_view name)
{
    std::vector<std::string_view> values;
    for (std::string_view pair : split(header, ';')) {
        pair.remove_prefix(
            std::min(pair.find_first_not_of(" \t"), pair.size()));
        if (!name.empty() && pair.size() > name.size() &&
            pair.substr(0, name.size()) == name && pair[name.size()] == '=') {
            std::string_view value = pair.substr(name.size() + 1);
            value.remove_suffix(value.size() -
                                (value.find_last_not_of(" \t") + 1));
            values.push_back(value);
        }
    }
    return values;
}

void check_values(std::string_view header, std::string_view name)
{
    cookie_values values(header, name);
    std::string_view value;
    for (const std::string_view expected : expected_values(header, name)) {
        HOLDS(values.next(value) && value == expected);
    }
    HOLDS(!values.next(value));
}

} // namespace

void run(std::string_view header)
{
    const std::string left = cut(header);
    HOLDS(left == expected_cut(header));
    HOLDS(cut(left) == left);

    check_values(header, "s");
    for (const std::string_view own : own_names) {
        for (const bool secure : {false, true}) {
            for (const bool has_domain : {false, true}) {
                const std::string name =
                    cookie_full_name(own, secure, has_domain);
                check_values(header, name);
                HOLDS(expected_values(left, name).empty());
            }
        }
    }
}

} // namespace auth::fuzz
