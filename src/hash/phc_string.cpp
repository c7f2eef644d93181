#include "hash/phc_string.h"

#include "base/base64.h"
#include "hash/text_reader.h"

#include <charconv>

namespace auth {

namespace {

using field = std::array<std::uint8_t, argon2_hash::max_bytes>;

constexpr struct {
    std::string_view start;
    argon2_hash::variant kind;
} kinds[] = {
    {"$argon2id$", argon2_hash::variant::argon2id},
    {"$argon2i$", argon2_hash::variant::argon2i},
    {"$argon2d$", argon2_hash::variant::argon2d},
};

bool read_kind(text_reader& input, argon2_hash::variant& kind)
{
    for (const auto& known : kinds) {
        if (input.literal(known.start)) {
            kind = known.kind;
            return true;
        }
    }
    return false;
}

/// Reads `v=19$` or `v=16$`, or nothing: version 1.0 did not write its number.
std::uint32_t read_version(text_reader& input)
{
    if (input.literal("v=19$")) {
        return argon2_hash::version_1_3;
    }
    input.literal("v=16$");
    return argon2_hash::version_1_0;
}

bool read_bytes(text_reader& input, field& bytes, std::size_t& size)
{
    return decode_base64(input.field(), standard_base64, bytes.data(),
                         bytes.size(), size) &&
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
        encode_base64(
            std::string_view(reinterpret_cast<const char*>(bytes.data()), size),
            standard_base64, [this](char c) { put(c); });
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
    if (!read_kind(input, parsed.kind)) {
        return false;
    }
    parsed.version = read_version(input);
    return input.literal("m=") && input.number(parsed.cost.memory_kib) &&
           input.literal(",t=") && input.number(parsed.cost.time) &&
           input.literal(",p=") && input.number(parsed.cost.lanes) &&
           input.literal("$") &&
           read_bytes(input, parsed.salt, parsed.salt_size) &&
           input.literal("$") &&
           read_bytes(input, parsed.tag.bytes, parsed.tag.size) &&
           input.at_end();
}

secret format_argon2(const argon2_hash& hash)
{
    writer output;
    for (const auto& known : kinds) {
        if (known.kind == hash.kind) {
            output.literal(known.start);
        }
    }
    output.literal("v=");
    output.number(hash.version);
    output.literal("$m=");
    output.number(hash.cost.memory_kib);
    output.literal(",t=");
    output.number(hash.cost.time);
    output.literal(",p=");
    output.number(hash.cost.lanes);
    output.literal("$");
    output.base64(hash.salt, hash.salt_size);
    output.literal("$");
    output.base64(hash.tag.bytes, hash.tag.size);
    return secret(output.text());
}

} // namespace auth
