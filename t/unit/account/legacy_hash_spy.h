#pragma once

namespace auth {

/// How often the program under test really asks a library for scrypt, PBKDF2
/// or bcrypt: the test program's functions stand in front of the libraries',
/// as those of argon2_spy do.
struct legacy_hash_spy {
    static int calls;
    static bool fail; ///< the next call fails, as without memory

    static void reset()
    {
        calls = 0;
        fail = false;
    }
};

} // namespace auth
