#pragma once

#include <string>
#include <string_view>

namespace auth {

/// The name without the blanks around it (space, tab, U+00A0, U+3000), which
/// come from keyboards of phones and from copying. Every typed name goes
/// through this before anything else is done with it.
std::string_view without_outer_blanks(std::string_view typed) noexcept;

/// The name with small letters for the capitals A to Z. All other bytes stay.
std::string fold_username(std::string_view name);

enum class username_problem {
    none,
    missing,       ///< empty
    too_short,     ///< under 3 characters
    too_long,      ///< over 64
    bad_character, ///< other than a-z 0-9 . _ @ + - (after folding)
    bad_edge       ///< the first or last is no letter and no digit
};

/// Checks a folded name against the rule for new names.
username_problem check_new_username(std::string_view folded) noexcept;

/// Whether a name as typed, in any capitals, is one that a new user may have.
bool could_be_registered(std::string_view name);

/// What to tell the person; empty if there is no problem.
std::string_view describe(username_problem problem) noexcept;

/// For a log line: a name that somebody has typed and no user has. People type
/// a password where the name belongs: what could not be registered as a name
/// is not shown, only its length.
std::string unknown_name_for_log(std::string_view typed);

/// Whether a typed or stored name may log in at all: 1 to 128 bytes of valid
/// UTF-8 without control characters or outer space.
bool can_log_in(std::string_view name) noexcept;

} // namespace auth
