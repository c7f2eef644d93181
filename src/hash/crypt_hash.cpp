#include "hash/crypt_hash.h"

#include "base/wipe_guard.h"
#include "hash/text_reader.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace auth {

namespace {

/// The digits of crypt(3), in the order of their values.
constexpr std::string_view digits = "./0123456789"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz";

bool are_digits(std::string_view text)
{
    return text.find_first_not_of(digits) == std::string_view::npos;
}

/// The beginning of a hash, up to its end or to the end of its salt.
struct crypt_parts {
    std::string method; ///< kind and cost, with the `$` behind them
    std::string_view salt;
    std::string_view between; ///< salt and hash
    std::string_view hash;
};

/// How a kind differs from other kinds.
struct crypt_kind {
    std::size_t usual_salt;   ///< digits
    std::size_t hash_size;    ///< digits
    std::size_t phrase_limit; ///< bytes of a password
    bool cuts; ///< whether longer passwords are cut; else nothing matches
};
constexpr std::size_t longest_phrase = CRYPT_MAX_PASSPHRASE_SIZE - 1;
constexpr crypt_kind bcrypt{22, 31, 72, true};
constexpr crypt_kind sha256_crypt{16, 43, longest_phrase, false};
constexpr crypt_kind sha512_crypt{16, 86, longest_phrase, false};
constexpr crypt_kind yescrypt{22, 43, longest_phrase, false};

class stored_crypt final : public stored_hash
{
public:
    stored_crypt(const crypt_parts& parts, const crypt_kind& kind)
        : method_(parts.method), between_(parts.between),
          setting_(method_ + std::string(parts.salt) + between_),
          expected_(parts.hash), kind_(kind)
    {}

    bool matches(std::string_view password) const override
    {
        // libcrypt refuses longer passwords, and reads up to a NUL.
        std::array<char, CRYPT_MAX_PASSPHRASE_SIZE> phrase{};
        wipe_guard phrase_guard(phrase.data(), phrase.size());
        password.copy(phrase.data(), kind_.phrase_limit);

        auto work = std::make_unique<crypt_data>();
        wipe_guard work_guard(work.get(), sizeof(*work));
        const char* result =
            crypt_r(phrase.data(), setting_.c_str(), work.get());
        const std::string_view text(result == nullptr ? "" : result);
        const std::string_view expected = expected_.view();
        if (text.size() != setting_.size() + expected.size()) {
            throw std::system_error(errno, std::generic_category(),
                                    "password hash of libcrypt failed");
        }
        // Compares without the salt: some programs leave spare bits of its last
        // digit set.
        const bool same = CRYPTO_memcmp(text.data() + setting_.size(),
                                        expected.data(), expected.size()) == 0;
        const bool whole =
            password.find('\0') == std::string_view::npos &&
            (kind_.cuts || password.size() <= kind_.phrase_limit);
        return same && whole;
    }

    /// As many digits, all of value 0.
    std::string blank() const override
    {
        return method_ + std::string(kind_.usual_salt, digits.front()) +
               between_ + std::string(kind_.hash_size, digits.front());
    }

private:
    const std::string method_;
    const std::string between_;
    const std::string setting_;
    const secret expected_;
    const crypt_kind kind_;
};

/// `$SALT$HASH` up to the end, behind the method.
bool read_salt_and_hash(text_reader& input, crypt_parts& parts)
{
    parts.salt = input.field();
    parts.between = "$";
    if (!input.literal("$")) {
        return false;
    }
    parts.hash = input.field();
    return are_digits(parts.hash) && input.at_end();
}

/// The number that a digit of yescrypt's parameters stands for. All numbers in
/// use are smaller than 48, from which on numbers have two digits.
std::uint32_t parameter(char digit)
{
    const std::size_t value = digits.find(digit);
    return value < 48 ? static_cast<std::uint32_t>(value) + 1 : 0;
}

/// Whether these digits, of six bits each, make whole bytes without spare bits.
bool are_whole_bytes(std::string_view text)
{
    const std::size_t rest = text.size() % 4;
    if (!are_digits(text) || rest == 1) {
        return false;
    }
    const std::size_t last = text.empty() ? 0 : digits.find(text.back());
    return rest == 0 || last < (rest == 2 ? 4U : 16U);
}

} // namespace

std::unique_ptr<const stored_hash> read_bcrypt(std::string_view text,
                                               hash_fault& fault)
{
    constexpr int min_cost = 4;
    constexpr int max_cost = 15;
    constexpr std::size_t salt_size = bcrypt.usual_salt;

    const std::string_view cost = text.substr(4, 2);
    const std::string_view rest =
        text.substr(std::min<std::size_t>(7, text.size()));
    if (cost.size() != 2 || cost[0] < '0' || cost[0] > '9' || cost[1] < '0' ||
        cost[1] > '9' || text.substr(6, 1) != "$" ||
        rest.size() != salt_size + bcrypt.hash_size || !are_digits(rest)) {
        return nullptr;
    }
    const int number = (cost[0] - '0') * 10 + (cost[1] - '0');
    if (number > max_cost) {
        fault = hash_fault::too_costly;
    }
    if (number < min_cost || number > max_cost) {
        return nullptr;
    }
    // libcrypt's `$2a$` differs from that of other programs for a few phrases
    // that are not UTF-8, so all three are computed as the right one.
    return std::make_unique<stored_crypt>(
        crypt_parts{"$2b$" + std::string(cost) + "$",
                    rest.substr(0, salt_size),
                    {},
                    rest.substr(salt_size)},
        bcrypt);
}

std::unique_ptr<const stored_hash> read_sha_crypt(std::string_view text,
                                                  hash_fault& fault)
{
    constexpr std::uint32_t min_rounds = 1000;
    constexpr std::uint32_t max_rounds = 1'000'000;
    constexpr std::size_t longest_salt = 16;
    std::uint32_t rounds = 5000; // if none are written

    const std::string_view prefix = text.substr(0, 3);
    const crypt_kind& kind = prefix == "$5$" ? sha256_crypt : sha512_crypt;
    text_reader input(text.substr(prefix.size()));
    if (input.literal("rounds=") &&
        (!input.number(rounds) || rounds < min_rounds || !input.literal("$"))) {
        return nullptr;
    }
    if (rounds > max_rounds) {
        fault = hash_fault::too_costly;
        return nullptr;
    }
    crypt_parts parts;
    parts.method =
        std::string(prefix) + "rounds=" + std::to_string(rounds) + "$";
    if (!read_salt_and_hash(input, parts) ||
        parts.hash.size() != kind.hash_size || parts.salt.empty() ||
        parts.salt.size() > longest_salt || !are_digits(parts.salt)) {
        return nullptr;
    }
    return std::make_unique<stored_crypt>(parts, kind);
}

std::unique_ptr<const stored_hash> read_yescrypt(std::string_view text,
                                                 hash_fault& fault)
{
    constexpr std::uint64_t max_work = 1U << 21;
    constexpr std::size_t longest_salt = 86; // 64 bytes

    text_reader input(text.substr(3));
    const std::string_view parameters = input.field();
    if (parameters.size() != 3 || parameters[0] != 'j' || !input.literal("$")) {
        return nullptr;
    }
    const std::uint32_t log_n = parameter(parameters[1]);
    const std::uint32_t r = parameter(parameters[2]);
    if (log_n < 2 || r == 0) { // yescrypt is not defined for N = 2
        return nullptr;
    }
    if (log_n > 31 || (std::uint64_t{r} << log_n) > max_work) {
        fault = hash_fault::too_costly;
        return nullptr;
    }
    crypt_parts parts;
    parts.method = "$y$" + std::string(parameters) + "$";
    if (!read_salt_and_hash(input, parts) ||
        parts.hash.size() != yescrypt.hash_size || parts.salt.empty() ||
        parts.salt.size() > longest_salt || !are_whole_bytes(parts.salt)) {
        return nullptr;
    }
    return std::make_unique<stored_crypt>(parts, yescrypt);
}

} // namespace auth
