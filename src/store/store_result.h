#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace auth {

/// Why a store has not done what it was asked to do.
struct store_failure {
    enum class code {
        absent,      ///< no such user
        taken,       ///< insert: the name is taken
        changed,     ///< update: the document has changed in the meantime
        unusable,    ///< the document is there and cannot be used; see detail
        unavailable, ///< store down, slow or refusing; nothing was written
        unknown      ///< write: it may or may not have taken effect
    };
    /// Why it is unavailable, for those who count failures.
    enum class cause {
        away,    ///< down, slow, cut off, damaged, replaced
        refused, ///< it is there, and does not allow it
        full,    ///< its disk is full
        locked   ///< somebody else keeps it locked
    };
    code what = code::unavailable;
    /// A line for the error log, or empty. It tells an operator what happened
    /// and what to do, and never holds a password, a hash or the credentials of
    /// a URI.
    std::string detail;
    cause because = cause::away;
};

/// What a store says although it has done what it was asked to do: a line for
/// the error log, mostly empty.
struct store_note {
    std::string detail;
};

/// The answer of a store: the value, or why there is none.
template <class Value>
using store_result = tl::expected<Value, store_failure>;

/// The answer to a question that has no value but success.
using store_outcome = store_result<store_note>;

/// Makes a failure. A function that returns any store_result can return it.
inline tl::unexpected<store_failure> failed(store_failure why)
{
    return tl::unexpected<store_failure>(std::move(why));
}

inline tl::unexpected<store_failure> failed(store_failure::code what,
                                            std::string detail = {})
{
    store_failure why;
    why.what = what;
    why.detail = std::move(detail);
    return failed(std::move(why));
}

/// Why it failed, or nothing if it did not fail.
template <class Value>
std::optional<store_failure::code>
failure_of(const store_result<Value>& result) noexcept
{
    return result ? std::nullopt : std::optional(result.error().what);
}

/// The line for the error log, or empty. It lives as long as the result.
template <class Value>
const std::string& detail_of(const store_result<Value>& result) noexcept
{
    return result ? result->detail : result.error().detail;
}

} // namespace auth
