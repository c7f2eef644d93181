#pragma once

// A directive as it is written: its words, and what is wrong with one of them.

#include "settings/setting_error.h"
#include "settings/surroundings.h"

#include "base/text.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// A directive that is being read. The words and the surroundings have to
/// outlive it.
class directive
{
public:
    /// The first of the words is the name.
    directive(std::vector<std::string_view> words, const surroundings& around)
        : words_(std::move(words)), around_(around)
    {}

    std::string_view name() const noexcept { return words_[0]; }
    /// The name and the arguments.
    std::size_t size() const noexcept { return words_.size(); }
    std::string_view operator[](std::size_t i) const noexcept
    {
        return words_[i];
    }
    const std::vector<std::string_view>& words() const noexcept
    {
        return words_;
    }
    const surroundings& around() const noexcept { return around_; }

    /// `invalid value "…" in "name" directive, it must be <expected>`.
    [[noreturn]] void refuse(std::string_view value,
                             std::string_view expected) const;

    // The values of words. Each throws setting_error.

    std::uint64_t number(std::string_view value, std::uint64_t least,
                         std::uint64_t most) const;
    /// As nginx writes sizes (512k, 10m), in bytes.
    std::size_t size_in_bytes(std::string_view value) const;
    /// As nginx writes times (30m, 12h), in milliseconds, over 0.
    std::uint64_t milliseconds(std::string_view value) const;

    /// Whether the directive is `name off;`.
    bool is_off() const;

    /// What an argument `env:NAME` or `file:PATH` stands for; nothing if it is
    /// none of these.
    std::optional<wiped_string> source(std::string_view argument) const;

private:
    std::vector<std::string_view> words_;
    const surroundings& around_;
};

/// If `argument` is `key=value`, sets `value` and returns true.
bool parameter(std::string_view argument, std::string_view key,
               std::string_view& value) noexcept;

} // namespace auth
