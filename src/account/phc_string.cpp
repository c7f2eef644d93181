#include "phc_string.h"

#include "text_reader.h"

#include <charconv>

namespace auth {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789+/";

using field = std::array<std::uint8_t, argon2_hash::max_bytes>;

/// Base64 without padding, of as many bytes as a salt or a tag may have.
bool decode_base64(std::string_view digits, field& bytes, std::size_t& size)
{
    std::uint32_t pending = 0;
    unsigned bits = 0;
    size = 0;
    for (char c : digits) {
        auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) {
            return false;
        }
        pending = (pending << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            if (size == bytes.size()) {
                return false;
            }
            bits -= 8;
            bytes[size++] = static_cast<std::uint8_t>(pending >> bits);
        }
    }
    // A lone digit at the end, or set bits that make no byte, would be
    // a second spelling of the same bytes.
    return bits < 6 && (pending & ((1U << bits) - 1)) == 0 &&
           size >= argon2_hash::min_bytes;
}

/// Fills a buffer that is large enough for any argon2_hash.
class writer
{
public:
    writer() = default;
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;
    ~writer() { wipe_memory(buffer_.data(), buffer_.size()); }

    std::string_view text() const { return {buffer_.data(), size_}; }

    void literal(std::string_view text)
    {
        for (char c : text) {
            put(c);
        }
    }

    void number(std::uint32_t value)
    {
        char* begin = buffer_.data() + size_;
        auto end = std::to_chars(begin, buffer_.data() + buffer_.size(), value);
        size_ += static_cast<std::size_t>(end.ptr - begin);
    }

    void base64(const field& bytes, std::size_t size)
    {
        std::uint32_t pending = 0;
        unsigned bits = 0;
        for (std::size_t i = 0; i < size; ++i) {
            pending = (pending << 8 | bytes[i]) & 0xffff;
            bits += 8;
            while (bits >= 6) {
                bits -= 6;
                put(alphabet[pending >> bits & 63]);
            }
        }
        if (bits > 0) {
            put(alphabet[pending << (6 - bits) & 63]);
        }
    }

private:
    void put(char c) { buffer_.at(size_++) = c; }

    // "$argon2id$v=19$m=,t=,p=$$", three numbers, two fields of 86 digits.
    std::array<char, 256> buffer_{};
    std::size_t size_ = 0;
};

} // namespace

bool parse_argon2(std::string_view text, argon2_hash& parsed) noexcept
{
    text_reader input(text);
    if (input.literal("$argon2id$")) {
        parsed.kind = argon2_hash::variant::argon2id;
    } else if (input.literal("$argon2i$")) {
        parsed.kind = argon2_hash::variant::argon2i;
    } else {
        return false;
    }
    return input.literal("v=19$m=") && input.number(parsed.cost.memory_kib) &&
           input.literal(",t=") && input.number(parsed.cost.time) &&
           input.literal(",p=") && input.number(parsed.cost.lanes) &&
           input.literal("$") &&
           decode_base64(input.field(), parsed.salt, parsed.salt_size) &&
           input.literal("$") &&
           decode_base64(input.field(), parsed.tag, parsed.tag_size) &&
           input.at_end();
}

secret format_argon2(const argon2_hash& hash)
{
    bool mixed = hash.kind == argon2_hash::variant::argon2id;
    writer output;
    output.literal(mixed ? "$argon2id$" : "$argon2i$");
    output.literal("v=19$m=");
    output.number(hash.cost.memory_kib);
    output.literal(",t=");
    output.number(hash.cost.time);
    output.literal(",p=");
    output.number(hash.cost.lanes);
    output.literal("$");
    output.base64(hash.salt, hash.salt_size);
    output.literal("$");
    output.base64(hash.tag, hash.tag_size);
    return secret(output.text());
}

} // namespace auth
