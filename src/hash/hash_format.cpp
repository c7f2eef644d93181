#include "hash/hash_format.h"

#include "hash/argon2_hash.h"
#include "hash/crypt_hash.h"
#include "hash/htpasswd_hash.h"
#include "hash/pbkdf2_hash.h"
#include "hash/scrypt_hash.h"

#include <algorithm>

namespace auth {

namespace {

/// A format of stored hashes.
struct hash_format {
    std::string_view prefix; ///< what such a hash begins with
    std::string_view kind;   ///< as operators read it
    hash_reader read;        ///< null: a known kind that is not supported
};

/// All formats. If several begin alike, the first one that can read a hash
/// counts.
constexpr hash_format formats[] = {
    {"$argon2id$", "Argon2id", read_argon2},
    {"$argon2i$", "Argon2i", read_argon2},
    {"$argon2d$", "Argon2d", read_argon2},
    {"argon2$", "Django Argon2", read_django_argon2},
    {"scrypt:", "Werkzeug scrypt", read_werkzeug_scrypt},
    {"scrypt$", "Werkzeug scrypt", read_werkzeug_scrypt},
    {"pbkdf2:", "Werkzeug PBKDF2", read_werkzeug_pbkdf2},
    {"pbkdf2$", "Werkzeug PBKDF2", read_werkzeug_pbkdf2},
    {"pbkdf2_", "Django PBKDF2", read_django_pbkdf2},
    {"$pbkdf2$", "passlib PBKDF2", read_passlib_pbkdf2},
    {"$pbkdf2-", "passlib PBKDF2", read_passlib_pbkdf2},
    {"$2a$", "bcrypt", read_bcrypt},
    {"$2b$", "bcrypt", read_bcrypt},
    {"$2y$", "bcrypt", read_bcrypt},
    {"$5$", "SHA-256 crypt", read_sha_crypt},
    {"$6$", "SHA-512 crypt", read_sha_crypt},
    {"$y$", "yescrypt", read_yescrypt},
    {"$apr1$", "htpasswd MD5 (apr1)", read_apr1},
    {"{SHA}", "htpasswd SHA", read_salted_sha1},
    {"{SSHA}", "salted SHA (SSHA)", read_salted_sha1},

    // Hashes of other programs with which nobody can log in.
    {"scrypt$", "Django scrypt", nullptr},
    {"bcrypt_sha256$", "Django bcrypt_sha256", nullptr},
    {"bcrypt$", "Django bcrypt", nullptr},
    {"md5$", "salted MD5", nullptr},
    {"sha1$", "salted SHA-1", nullptr},
    {"sha224$", "salted SHA-224", nullptr},
    {"sha256$", "salted SHA-256", nullptr},
    {"sha384$", "salted SHA-384", nullptr},
    {"sha512$", "salted SHA-512", nullptr},
    {"$1$", "MD5 crypt", nullptr},
    {"$2$", "bcrypt 2", nullptr},
    {"$2x$", "bcrypt 2x", nullptr},
    {"$3$", "NT hash", nullptr},
    {"$7$", "scrypt crypt", nullptr},
    {"$gy$", "gost-yescrypt", nullptr},
    {"$md5", "Sun MD5", nullptr},
    {"$sha1$", "SHA-1 crypt", nullptr},
    {"$scrypt$", "passlib scrypt", nullptr},
    {"$bcrypt-sha256$", "passlib bcrypt_sha256", nullptr},
    {"$p5k2$", "dlitz PBKDF2", nullptr},
    {"grub.pbkdf2.", "GRUB PBKDF2", nullptr},
    {"$P$", "phpass", nullptr},
    {"$H$", "phpass", nullptr},
    {"$S$", "Drupal SHA-512", nullptr},
    {"{SMD5}", "salted MD5 (SMD5)", nullptr},
    {"{MD5}", "MD5", nullptr},
    {"{SHA256}", "SHA-256", nullptr},
    {"{SSHA256}", "salted SHA-256", nullptr},
    {"{SHA512}", "SHA-512", nullptr},
    {"{SSHA512}", "salted SHA-512", nullptr},
    {"{CRYPT}", "LDAP crypt", nullptr},
    {"{PLAIN}", "plain text", nullptr},
    {"{FSHP", "FSHP", nullptr},
    {"{PBKDF2", "LDAP PBKDF2", nullptr},
    {"{PKCS5S2}", "Atlassian PBKDF2", nullptr},
    {"SCRAM-SHA-", "SCRAM", nullptr},
    {"$scram$", "passlib SCRAM", nullptr},
    {"plain$", "plain text", nullptr},
};

bool is_hexadecimal(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
               (c >= 'A' && c <= 'F');
    });
}

/// Whether a text consists of the digits that crypt() writes.
bool has_digits_of_crypt(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c >= '.' && c <= 'z' && (c <= '9' || c >= 'A') &&
               (c <= 'Z' || c >= 'a');
    });
}

/// The kind of a hash without a prefix, or nothing.
std::string_view kind_by_digits(std::string_view stored)
{
    if (stored.size() == 13 && has_digits_of_crypt(stored)) {
        return "DES crypt";
    }
    if (stored.size() == 20 && stored.front() == '_' &&
        has_digits_of_crypt(stored.substr(1))) {
        return "BSDi crypt";
    }
    if (!is_hexadecimal(stored)) {
        return {};
    }
    switch (stored.size()) {
    case 32:
        return "plain MD5";
    case 40:
        return "plain SHA-1";
    case 56:
        return "plain SHA-224";
    case 64:
        return "plain SHA-256";
    case 96:
        return "plain SHA-384";
    case 128:
        return "plain SHA-512";
    default:
        return {};
    }
}

std::string describe(const hash_format& format, hash_fault fault)
{
    const std::string kind(format.kind);
    if (format.read == nullptr) {
        return "a hash of kind " + kind + ", which is not supported";
    }
    return fault == hash_fault::too_costly
               ? "a hash of kind " + kind + " whose cost is too high"
               : "a malformed hash of kind " + kind;
}

std::string describe_unknown(std::string_view stored)
{
    if (stored.empty()) {
        return "empty";
    }
    if (stored.front() == '!' || stored.front() == '*') {
        return "locked: it begins with \"" + std::string(1, stored.front()) +
               "\", which no hash does";
    }
    const std::string kind(kind_by_digits(stored));
    return kind.empty() ? "no hash of a known kind"
                        : "a hash of kind " + kind + ", which is not supported";
}

} // namespace

hash_reading read_stored_hash(std::string_view stored)
{
    hash_reading result;
    for (const hash_format& format : formats) {
        if (stored.substr(0, format.prefix.size()) != format.prefix) {
            continue;
        }
        hash_fault fault = hash_fault::malformed;
        if (format.read != nullptr) {
            result.hash = format.read(stored, fault);
        }
        if (result.hash != nullptr) {
            result.problem.clear();
            return result;
        }
        result.problem = describe(format, fault);
        if (fault == hash_fault::too_costly) {
            return result;
        }
    }
    if (result.problem.empty()) {
        result.problem = describe_unknown(stored);
    }
    return result;
}

} // namespace auth
