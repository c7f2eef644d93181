#include "account/username.h"

#include "base/ascii.h"
#include "base/quote.h"
#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <cstddef>

namespace auth {

namespace {

constexpr std::size_t shortest_new = 3;
constexpr std::size_t longest_new = 64;
constexpr std::size_t longest = 128;

bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_allowed(char c)
{
    constexpr std::string_view signs = "._@+-";
    return is_alphanumeric(c) || signs.find(c) != std::string_view::npos;
}

constexpr std::string_view blanks[] = {" ", "\t", "\xc2\xa0", "\xe3\x80\x80"};

bool take_first_blank(std::string_view& text) noexcept
{
    return std::any_of(
        std::begin(blanks), std::end(blanks),
        [&](std::string_view blank) { return take_prefix(text, blank); });
}

bool take_last_blank(std::string_view& text) noexcept
{
    return std::any_of(std::begin(blanks), std::end(blanks),
                       [&](std::string_view blank) {
                           if (!ends_with(text, blank)) {
                               return false;
                           }
                           text.remove_suffix(blank.size());
                           return true;
                       });
}

} // namespace

std::string_view without_outer_blanks(std::string_view typed) noexcept
{
    while (take_first_blank(typed)) {
    }
    while (take_last_blank(typed)) {
    }
    return typed;
}

std::string fold_username(std::string_view name)
{
    return to_ascii_lower(name);
}

username_problem check_new_username(std::string_view folded) noexcept
{
    if (folded.empty()) {
        return username_problem::missing;
    }
    // Comes before the length, which is in bytes: only these characters have
    // one byte each.
    if (!std::all_of(folded.begin(), folded.end(), is_allowed)) {
        return username_problem::bad_character;
    }
    if (folded.size() < shortest_new) {
        return username_problem::too_short;
    }
    if (folded.size() > longest_new) {
        return username_problem::too_long;
    }
    if (!is_alphanumeric(folded.front()) || !is_alphanumeric(folded.back())) {
        return username_problem::bad_edge;
    }
    return username_problem::none;
}

std::string_view describe(username_problem problem) noexcept
{
    switch (problem) {
    case username_problem::none:
        break;
    case username_problem::missing:
        return "Choose a user name.";
    case username_problem::too_short:
    case username_problem::too_long:
        return "Use 3 to 64 characters.";
    case username_problem::bad_character:
        return "Use letters a to z, digits and . _ @ + - only.";
    case username_problem::bad_edge:
        return "Begin and end with a letter or digit.";
    }
    return {};
}

bool can_log_in(std::string_view name) noexcept
{
    return !name.empty() && name.size() <= longest && name.front() != ' ' &&
           name.back() != ' ' && is_utf8(name) && !has_control_character(name);
}

bool could_be_registered(std::string_view name)
{
    return check_new_username(fold_username(name)) == username_problem::none;
}

std::string unknown_name_for_log(std::string_view typed)
{
    return could_be_registered(typed)
               ? quoted_for_log(typed)
               : "(not shown, " + std::to_string(typed.size()) + " bytes)";
}

} // namespace auth
