#include "admin/expect.h"

#include "admin/failure.h"

namespace auth {

void give_up(const store_failure& why)
{
    using code = store_failure::code;
    switch (why.what) {
    case code::absent:
    case code::changed:
        throw failure(exit_code::no_such_user,
                      "somebody else has just deleted the user");
    case code::unknown:
        throw failure(exit_code::unknown,
                      why.detail +
                          "; it may have been done all the same: look at "
                          "\"list\"");
    case code::taken:    // add() says it
    case code::unusable: // refused before a store is asked
    case code::unavailable:
        break;
    }
    throw failure(exit_code::unavailable, why.detail);
}

} // namespace auth
