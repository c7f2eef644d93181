#pragma once

#include "store/store_result.h"

#include <utility>

namespace auth {

/// Says how the program ends when the store has failed with a user: throws
/// failure.
[[noreturn]] void give_up(const store_failure& why);

/// What the store gives. Throws failure.
template <class Value>
Value expect(store_result<Value> result)
{
    if (!result) {
        give_up(result.error());
    }
    return std::move(*result);
}

} // namespace auth
