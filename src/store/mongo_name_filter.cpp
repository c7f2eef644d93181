#include "store/mongo_name_filter.h"

#include "store/mongo_field.h"

#include "base/ascii.h"

#include <algorithm>

namespace auth {

namespace {

/// The expression spells out this many letters at the start of a name, in each
/// combination of small and capital ones. So an index on the names looks only
/// at names with that start.
constexpr std::size_t written_out_letters = 3;

bool is_letter(char c) noexcept
{
    return c >= 'a' && c <= 'z';
}

char capital(char letter) noexcept
{
    return static_cast<char>(letter - 'a' + 'A');
}

/// Appends a regular expression that matches this character only.
void append_literal(std::string& pattern, char c)
{
    bool is_plain = ascii_lower(c) != c || is_letter(c) ||
                    (c >= '0' && c <= '9') ||
                    static_cast<unsigned char>(c) >= 0x80;
    if (!is_plain) {
        pattern += '\\';
    }
    pattern += c;
}

/// Bit n of `capitals` says whether the n-th letter is a capital.
std::string folded_pattern(std::string_view folded, unsigned capitals)
{
    std::string pattern = "^";
    std::size_t letters = 0;
    for (char c : folded) {
        if (!is_letter(c)) {
            append_literal(pattern, c);
        } else if (letters < written_out_letters) {
            bool big = (capitals >> letters & 1U) != 0;
            pattern += big ? capital(c) : c;
            ++letters;
        } else {
            pattern += {'[', c, capital(c), ']'};
        }
    }
    return pattern + "$";
}

std::string next_key(const bson_document& list)
{
    return std::to_string(bson_count_keys(list.get()));
}

} // namespace

void write_name_filter(const std::string& path,
                       const std::vector<std::string_view>& names,
                       bson_document& filter)
{
    bson_document list;
    for (const std::string_view name : names) {
        list.text(next_key(list).c_str(), name);
        if (const auto number = number_of_digits(name)) {
            // Servers compare numbers of all types by their values.
            list.number(next_key(list).c_str(), *number);
        }
    }
    bson_document in;
    in.array("$in", list);
    filter.document(path.c_str(), in);
}

void write_folded_filter(const std::string& path, std::string_view folded,
                         bson_document& filter)
{
    auto letters = static_cast<std::size_t>(
        std::count_if(folded.begin(), folded.end(), is_letter));
    unsigned patterns = 1U << std::min(letters, written_out_letters);

    bson_document list;
    for (unsigned capitals = 0; capitals < patterns; ++capitals) {
        bson_document expression;
        expression.text("$regex", folded_pattern(folded, capitals));
        bson_document condition;
        condition.document(path.c_str(), expression);
        list.document(std::to_string(capitals).c_str(), condition);
    }
    filter.array("$or", list);
}

bool folds_to(std::string_view name, std::string_view folded) noexcept
{
    return std::equal(name.begin(), name.end(), folded.begin(), folded.end(),
                      [](char a, char b) { return ascii_lower(a) == b; });
}

} // namespace auth
