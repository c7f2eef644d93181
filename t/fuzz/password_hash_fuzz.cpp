// Stored password hashes. The libraries' functions are stood in for: none is
// computed, and each checks that what it is asked for is within the caps.

#include "target.h"

#include "account/password_fingerprint.h"
#include "hash/password_hash.h"
#include "hash/phc_string.h"

#include <argon2.h>
#include <crypt.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int computed = 0; // by the functions below

} // namespace

extern "C" int argon2_ctx(argon2_context* context, argon2_type type)
{
    HOLDS(type == Argon2_id || type == Argon2_i || type == Argon2_d);
    HOLDS(context->version == 0x10 || context->version == 0x13);
    HOLDS(context->m_cost >= 8 * context->lanes);
    HOLDS(context->m_cost <= 1024 * 1024 && context->lanes >= 1);
    HOLDS(context->t_cost >= 1 && context->t_cost <= 16);
    HOLDS(context->lanes <= 16 && context->threads == 1);
    HOLDS(context->saltlen >= 8 && context->saltlen <= 64);
    HOLDS(context->outlen >= 8 && context->outlen <= 64);
    std::memset(context->out, context->salt[context->saltlen - 1] & 1,
                context->outlen);
    ++computed;
    return ARGON2_OK;
}

extern "C" int EVP_PBE_scrypt(const char*, size_t, const unsigned char* salt,
                              size_t saltlen, uint64_t n, uint64_t r,
                              uint64_t p, uint64_t, unsigned char* key,
                              size_t keylen)
{
    HOLDS(n > 1 && (n & (n - 1)) == 0 && r >= 1 && r <= 32);
    HOLDS(p >= 1 && p <= 16 && n * r * p <= 1U << 21);
    HOLDS(saltlen >= 1 && saltlen <= 128 && keylen == 64);
    std::memset(key, salt[saltlen - 1] & 1, keylen);
    ++computed;
    return 1;
}

extern "C" int PKCS5_PBKDF2_HMAC(const char*, int, const unsigned char* salt,
                                 int saltlen, int iter, const EVP_MD* digest,
                                 int keylen, unsigned char* out)
{
    HOLDS(iter >= 1 && iter <= 5'000'000);
    HOLDS(saltlen >= 1 && saltlen <= 128 && keylen == EVP_MD_size(digest));
    std::memset(out, salt[saltlen - 1] & 1, static_cast<std::size_t>(keylen));
    ++computed;
    return 1;
}

namespace {

/// How many digits of hash a setting asks for, when its cost is within the cap.
std::size_t check_setting(std::string_view text)
{
    constexpr std::string_view digits = "./0123456789"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "abcdefghijklmnopqrstuvwxyz";
    if (text.substr(0, 4) == "$2b$") {
        HOLDS(text.size() == 29 && text[6] == '$');
        const int cost = (text[4] - '0') * 10 + text[5] - '0';
        HOLDS(cost >= 4 && cost <= 15);
        return 31;
    }
    const std::size_t salt = text.rfind('$', text.size() - 2) + 1;
    HOLDS(text.back() == '$' && text.size() - salt >= 2);
    if (text.substr(0, 3) == "$y$") {
        HOLDS(salt == 7 && text[3] == 'j' && text.size() - salt <= 87);
        const auto n = digits.find(text[4]) + 1;
        const auto r = digits.find(text[5]) + 1;
        HOLDS(n <= 21 && r << n <= 1U << 21);
        return 43;
    }
    HOLDS(text.substr(3, 7) == "rounds=" && text.size() - salt <= 17);
    const int rounds = std::atoi(text.data() + 10);
    HOLDS(rounds >= 1000 && rounds <= 1'000'000);
    HOLDS(text[1] == '5' || text[1] == '6');
    return text[1] == '5' ? 43 : 86;
}

} // namespace

extern "C" char* crypt_r(const char* phrase, const char* setting,
                         crypt_data* data)
{
    const std::size_t size = check_setting(setting);
    HOLDS(std::strlen(phrase) < CRYPT_MAX_PASSPHRASE_SIZE);
    ++computed;
    const std::string text = setting + std::string(size, '.');
    std::copy(text.c_str(), text.c_str() + text.size() + 1, data->output);
    return data->output;
}

namespace auth::fuzz {

namespace {

void check_argon2(std::string_view stored)
{
    argon2_hash hash;
    if (!parse_argon2(stored, hash)) {
        HOLDS(needs_rehash(stored, {}));
        return;
    }
    const secret text = format_argon2(hash);
    HOLDS(text.view() == stored ||
          (stored.find("v=") == stored.npos &&
           text.view().size() == stored.size() + std::strlen("v=16$")));
    HOLDS(needs_rehash(stored, hash.cost) == !hash.is_of_new_kind());
    HOLDS((verify_password("x", stored) != verdict::unusable) ==
          hash.cost.within_cap());
    hash_cost more = hash.cost;
    if (++more.time != 0) {
        HOLDS(needs_rehash(stored, more));
    }
}

/// A hash is computed for what is a hash, else never; and for the blank one of
/// its kind as often.
void check_verify(std::string_view stored)
{
    for (const std::string_view password :
         {std::string_view("correct horse"), std::string_view("a\0b", 3)}) {
        computed = 0;
        const verdict answer = verify_password(password, stored);
        const bool usable = answer != verdict::unusable;
        // Once; for Werkzeug's without a count once for each; and nothing is
        // counted for what costs nothing.
        HOLDS(computed <= 1 || computed == 6);
        HOLDS(usable || computed == 0);
        HOLDS(usable || !why_unusable(stored).empty());
        HOLDS(stored.size() <= 400 || !usable);

        const std::string blank = blank_hash(stored);
        HOLDS(blank.empty() == !usable);
        HOLDS(blank_hash(blank) == blank);
        if (usable) {
            const int before = computed;
            HOLDS(why_unusable(stored).empty());
            HOLDS(verify_password(password, blank) != verdict::unusable);
            HOLDS(computed == 2 * before);
        }
    }
}

/// The rest of the input as the note that is kept beside a hash.
void check_fingerprint(std::string_view stored, std::string_view note)
{
    stored_user user;
    user.password = secret(stored);
    const std::uint64_t own = password_fingerprint(user);
    HOLDS(own == password_fingerprint(stored));
    user.password_origin = note;
    if (password_fingerprint(user) != own) {
        HOLDS(note.size() == 33 && note[16] == ':');
    }
    user.password_origin = origin_of_rehash(user, "new");
    const std::uint64_t before = password_fingerprint(user);
    HOLDS(before == own);
    user.password = secret("new");
    HOLDS(origin_of_rehash(user, "newer").size() == 33);
}

} // namespace

void run(std::string_view input)
{
    const exact_bytes stored(take_line(input));
    check_argon2(stored.view());
    check_verify(stored.view());
    check_fingerprint(stored.view(), input);
}

} // namespace auth::fuzz
