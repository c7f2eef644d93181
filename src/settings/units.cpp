#include "settings/units.h"

#include <limits>

namespace auth {

namespace {

/// nginx's integers have a sign.
constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

constexpr std::uint64_t second = 1000;

/// A unit of time. Larger ones stand before smaller ones.
struct time_unit {
    std::string_view name;
    unsigned rank;  ///< it must be higher than `floor` of the unit before
    unsigned floor; ///< for the unit that follows
    std::uint64_t milliseconds;
};

// A blank ends a number of seconds, and no unit may follow. "ms" is looked for
// before "m", because it begins with "m".
constexpr time_unit time_units[] = {
    {"ms", 6, 6, 1},
    {"w", 1, 1, 7 * 24 * 60 * 60 * second},
    {"d", 2, 2, 24 * 60 * 60 * second},
    {"h", 3, 3, 60 * 60 * second},
    {"m", 4, 4, 60 * second},
    {"s", 5, 5, second},
    {" ", 5, 7, second},
};

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// Returns number * by + more, or nothing if the result is too large.
std::optional<std::uint64_t> multiply_add(std::uint64_t number,
                                          std::uint64_t by,
                                          std::uint64_t more) noexcept
{
    if (number > largest / by || more > largest - number * by) {
        return std::nullopt;
    }
    return number * by + more;
}

/// Takes the digits at the beginning of `text`. Without digits the number is 0.
std::optional<std::uint64_t> take_digits(std::string_view& text) noexcept
{
    std::optional<std::uint64_t> number = 0;
    while (number && !text.empty() && is_digit(text.front())) {
        number = multiply_add(*number, 10,
                              static_cast<std::uint64_t>(text.front() - '0'));
        text.remove_prefix(1);
    }
    return number;
}

/// Takes the unit at the beginning of `text`, if its rank is higher than
/// `floor`, and sets `floor` for the next unit.
const time_unit* take_unit(std::string_view& text, unsigned& floor) noexcept
{
    for (const time_unit& unit : time_units) {
        if (text.substr(0, unit.name.size()) == unit.name) {
            if (unit.rank <= floor) {
                return nullptr;
            }
            floor = unit.floor;
            text.remove_prefix(unit.name.size());
            return &unit;
        }
    }
    return nullptr;
}

} // namespace

std::optional<std::uint64_t> read_number(std::string_view text) noexcept
{
    if (text.empty()) {
        return std::nullopt;
    }
    const auto number = take_digits(text);
    return text.empty() ? number : std::nullopt;
}

std::optional<std::uint64_t> read_size(std::string_view text) noexcept
{
    std::uint64_t factor = 1;
    if (!text.empty()) {
        const char unit = text.back();
        factor = unit == 'k' || unit == 'K'   ? 1024
                 : unit == 'm' || unit == 'M' ? 1024 * 1024
                                              : 1;
        text.remove_suffix(factor == 1 ? 0 : 1);
    }
    const auto number = read_number(text);
    return number ? multiply_add(*number, factor, 0) : std::nullopt;
}

std::optional<std::uint64_t> read_time(std::string_view text) noexcept
{
    if (text.find_first_of("0123456789") == std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t total = 0;
    unsigned floor = 0;
    while (!text.empty()) {
        const auto number = take_digits(text);
        std::uint64_t scale = second;
        if (!text.empty()) {
            const time_unit* unit = take_unit(text, floor);
            if (unit == nullptr) {
                return std::nullopt;
            }
            scale = unit->milliseconds;
            while (!text.empty() && text.front() == ' ') {
                text.remove_prefix(1);
            }
        }
        const auto sum =
            number ? multiply_add(*number, scale, total) : std::nullopt;
        if (!sum) {
            return std::nullopt;
        }
        total = *sum;
    }
    return total;
}

} // namespace auth
