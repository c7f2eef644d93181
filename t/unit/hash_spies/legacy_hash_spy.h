#pragma once

#include <string>

namespace auth {

/// How often the program under test really asks a library for scrypt, PBKDF2
/// or bcrypt: the test program's functions stand in front of the libraries',
/// as those of argon2_spy do.
struct legacy_hash_spy {
    static int calls;
    static std::string last; ///< kind and cost, as a stored hash begins
    static bool fail;        ///< the next call fails, as without memory

    static void reset()
    {
        calls = 0;
        last.clear();
        fail = false;
    }
};

} // namespace auth
