#include "settings/directive.h"

#include "settings/units.h"

#include "base/quote.h"

namespace auth {

void directive::refuse(std::string_view value, std::string_view expected) const
{
    throw setting_error("invalid value " + in_quotes(value) + " in " +
                        in_quotes(name()) + " directive, it must be " +
                        std::string(expected));
}

std::uint64_t directive::number(std::string_view value, std::uint64_t least,
                                std::uint64_t most) const
{
    const auto parsed = read_number(value);
    if (!parsed || *parsed < least || *parsed > most) {
        refuse(value, "a number from " + std::to_string(least) + " to " +
                          std::to_string(most));
    }
    return *parsed;
}

std::size_t directive::size_in_bytes(std::string_view value) const
{
    const auto parsed = read_size(value);
    if (!parsed) {
        refuse(value, "a size such as 512k or 10m");
    }
    return *parsed;
}

std::uint64_t directive::milliseconds(std::string_view value) const
{
    const auto parsed = read_time(value);
    if (!parsed || *parsed == 0) {
        refuse(value, "a time over zero such as 30m or 12h");
    }
    return *parsed;
}

bool directive::is_off() const
{
    if (words_[1] != "off") {
        return false;
    }
    if (size() > 2) {
        refuse(words_[2], "absent after \"off\"");
    }
    return true;
}

std::optional<wiped_string> directive::source(std::string_view argument) const
{
    if (take_prefix(argument, "env:")) {
        return around_.variable(argument);
    }
    if (take_prefix(argument, "file:")) {
        return around_.file(argument);
    }
    return std::nullopt;
}

bool parameter(std::string_view argument, std::string_view key,
               std::string_view& value) noexcept
{
    if (argument.size() <= key.size() ||
        argument.compare(0, key.size(), key) != 0 ||
        argument[key.size()] != '=') {
        return false;
    }
    value = argument.substr(key.size() + 1);
    return true;
}

} // namespace auth
