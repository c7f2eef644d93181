#include "account/password_strength.h"

#include "base/text.h"
#include "base/utf8.h"

#include "base/require_memory.h"
#include "base/secret.h"

#include <zxcvbn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace auth {

namespace {

// zxcvbn's time grows with about the fifth power of the length of a run such as
// 454545 (digits that stand for letters): 40 ms at 48 characters, over a second
// at 100.
constexpr std::size_t longest_estimated = 48;

// A longer name is refused anyway.
constexpr std::size_t longest_name = 64;

// zxcvbn would find shorter parts of a user name in any password.
constexpr std::size_t shortest_part = 3;

using match_list = std::unique_ptr<ZxcMatch_t, decltype(&ZxcvbnFreeInfo)>;

/// The text as zxcvbn wants it, one byte for each character. A character beyond
/// ASCII keeps only whether it equals its neighbours (éééé is a repeat).
class narrow_text
{
public:
    explicit narrow_text(std::string_view text) noexcept
    {
        std::int32_t code = 0;
        while (size_ < longest_estimated && next_code_point(text, code)) {
            bytes_[size_++] =
                static_cast<char>(code < 0x80 ? code : 0x80 | (code & 0x7f));
        }
    }
    narrow_text(const narrow_text&) = delete;
    narrow_text& operator=(const narrow_text&) = delete;
    ~narrow_text() { wipe_memory(bytes_.data(), bytes_.size()); }

    const char* c_str() const { return bytes_.data(); }
    std::size_t size() const { return size_; }

private:
    std::array<char, longest_estimated + 1> bytes_{};
    std::size_t size_ = 0;
};

/// The user name and its parts, `jane.doe@example.org`: jane, doe, example.
std::vector<std::string> words_of(std::string_view username)
{
    username = username.substr(0, longest_name);
    std::vector<std::string> words{std::string(username)};
    for (const std::string_view part : split(username, "._@+-")) {
        if (part.size() >= shortest_part && part.size() < username.size()) {
            words.emplace_back(part);
        }
    }
    return words;
}

unsigned score_of(double bits)
{
    // Powers of ten in bits: 10³, 10⁶, 10⁸ and 10¹⁰ guesses.
    constexpr double steps[] = {9.966, 19.932, 26.576, 33.220};
    unsigned score = 0;
    for (double step : steps) {
        score += bits >= step ? 1 : 0;
    }
    return score;
}

std::string_view describe_match(const ZxcMatch_t& match, bool whole)
{
    int kind = match.Type & ~MULTIPLE_MATCH;
    if (kind == USER_MATCH || kind == USER_LEET_MATCH) {
        return "it contains your user name";
    }
    if ((match.Type & MULTIPLE_MATCH) != 0) {
        return "it repeats itself";
    }
    switch (kind) {
    case DICTIONARY_MATCH:
        return whole ? "it is a common password" : "it contains a common word";
    case DICT_LEET_MATCH:
        return "it is a common word with some letters replaced";
    case REPEATS_MATCH:
        return "it repeats itself";
    case SEQUENCE_MATCH:
        return "it contains a sequence like abc or 123";
    case SPATIAL_MATCH:
        return "it follows the keys of the keyboard";
    case DATE_MATCH:
    case YEAR_MATCH:
        return "it contains a date";
    default:
        return {};
    }
}

/// The reason to tell: the user name if it is in the password, else the longest
/// match.
std::string_view reason_of(const ZxcMatch_t* matches, std::size_t size)
{
    const ZxcMatch_t* longest = nullptr;
    for (const auto* match = matches; match != nullptr; match = match->Next) {
        int kind = match->Type & ~MULTIPLE_MATCH;
        if (kind == USER_MATCH || kind == USER_LEET_MATCH) {
            longest = match;
            break;
        }
        if (match->Type != BRUTE_MATCH &&
            (longest == nullptr || match->Length > longest->Length)) {
            longest = match;
        }
    }
    if (longest == nullptr) {
        return {};
    }
    bool whole = static_cast<std::size_t>(longest->Length) == size;
    return describe_match(*longest, whole);
}

} // namespace

password_strength estimate_strength(std::string_view password,
                                    std::string_view username)
{
    narrow_text text(password);
    auto words = words_of(username);
    std::vector<const char*> dictionary;
    dictionary.reserve(words.size() + 1);
    for (const auto& word : words) {
        dictionary.push_back(word.c_str());
    }
    dictionary.push_back(nullptr);

    require_memory();
    // zxcvbn has no state, so any number of threads may be here.
    ZxcMatch_t* found = nullptr;
    double bits = ZxcvbnMatch(text.c_str(), dictionary.data(), &found);
    match_list matches(found, ZxcvbnFreeInfo);
    return {score_of(bits), reason_of(matches.get(), text.size())};
}

} // namespace auth
