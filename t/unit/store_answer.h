#pragma once

#include "store/admin_store.h"
#include "store/user_store.h"

#include <string>
#include <utility>
#include <vector>

namespace auth {

/// A store's answer as one value, success being one of its kinds: tests compare
/// answers to different questions, and have a store give them.
struct store_answer {
    enum class code {
        done,
        absent,
        taken,
        changed,
        unusable,
        unavailable,
        unknown
    };

    store_answer() = default;
    store_answer(code what, std::string text)
        : status(what), detail(std::move(text))
    {}
    store_answer(const store_failure& why)
        : status(static_cast<code>(static_cast<int>(why.what) + 1)),
          detail(why.detail)
    {}
    store_answer(const store_outcome& outcome)
        : store_answer(outcome ? store_answer(code::done, outcome->detail)
                               : store_answer(outcome.error()))
    {}
    store_answer(const store_result<bool>& taken)
        : store_answer(!taken   ? store_answer(taken.error())
                       : *taken ? store_answer(code::taken, {})
                                : store_answer(code::absent, {}))
    {}
    store_answer(const store_result<stored_user>& found)
        : store_answer(found ? store_answer(code::done, found->detail)
                             : store_answer(found.error()))
    {}

    bool done() const noexcept { return status == code::done; }
    /// Of an answer that is not done.
    store_failure failure() const
    {
        return {static_cast<store_failure::code>(static_cast<int>(status) - 1),
                detail};
    }

    code status = code::unavailable;
    std::string detail;
};

/// Takes what was found, if it was, out of an answer.
inline store_answer take(store_result<stored_user> result, stored_user& found)
{
    store_answer answer(result);
    if (result) {
        found = std::move(*result);
    }
    return answer;
}

/// The same for users of an operator's list, who come behind those in `page`.
inline store_answer take(store_result<std::vector<listed_user>> result,
                         std::vector<listed_user>& page)
{
    if (!result) {
        return result.error();
    }
    for (listed_user& user : *result) {
        page.push_back(std::move(user));
    }
    return {store_answer::code::done, {}};
}

/// Another hash of the same password.
inline store_answer replace_password(user_store& store, const stored_user& user,
                                     std::string_view new_password)
{
    return store.replace_password(user, new_password, user.epoch);
}

/// A hash of another password.
inline store_answer change_password(user_store& store, const stored_user& user,
                                    std::string_view new_password)
{
    return store.replace_password(user, new_password, user.epoch + 1);
}

static_assert(static_cast<int>(store_failure::code::absent) + 1 ==
                  static_cast<int>(store_answer::code::absent) &&
              static_cast<int>(store_failure::code::unknown) + 1 ==
                  static_cast<int>(store_answer::code::unknown));

} // namespace auth
