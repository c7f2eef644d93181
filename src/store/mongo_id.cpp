#include "store/mongo_id.h"

#include "store/mongo_field.h"
#include "store/user_store.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace auth {

namespace {

constexpr std::string_view uuid_mark = "uuid:";
constexpr std::string_view text_mark = "text:";
constexpr std::string_view bson_mark = "bson:";

constexpr std::size_t uuid_bytes = 16;
/// A document with one field without a name has, in front of the value: its
/// size, the type of the field, and the end of the name. Behind the value is
/// its end.
constexpr std::size_t before_type = 4;
constexpr std::size_t before_value = 6;

/// Whether the text can stand in a line of a log or in a header as it is.
bool is_printable(std::string_view text)
{
    return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
           is_utf8(text) && !has_control_character(text);
}

bool reads_as_another(std::string_view text)
{
    return is_user_id(text) || number_of_digits(text) ||
           take_prefix(text, uuid_mark) || take_prefix(text, text_mark) ||
           take_prefix(text, bson_mark);
}

bool is_uuid(const bson_iter_t& id, const uint8_t*& bytes)
{
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t size = 0;
    if (!BSON_ITER_HOLDS_BINARY(&id)) {
        return false;
    }
    bson_iter_binary(&id, &subtype, &size, &bytes);
    return subtype == BSON_SUBTYPE_UUID && size == uuid_bytes;
}

std::string write_uuid(const uint8_t* bytes)
{
    std::string text(uuid_mark);
    for (std::size_t i = 0; i < uuid_bytes; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += '-';
        }
        append_hex(text, bytes[i]);
    }
    return text;
}

bool append_uuid(std::string_view text, const char* key,
                 bson_document& document)
{
    std::array<uint8_t, uuid_bytes> bytes{};
    std::size_t count = 0;
    for (const char c : text) {
        if (c == '-') {
            continue;
        }
        const int value = small_hex_digit(c);
        if (value < 0 || count == 2 * uuid_bytes) {
            return false;
        }
        bytes[count / 2] = static_cast<uint8_t>(bytes[count / 2] << 4 | value);
        ++count;
    }
    return bson_append_binary(document.get(), key, -1, BSON_SUBTYPE_UUID,
                              bytes.data(), bytes.size());
}

std::string write_bytes(const bson_iter_t& id)
{
    bson_document alone;
    bson_append_iter(alone.get(), "", 0, &id);
    const std::string_view all(
        reinterpret_cast<const char*>(bson_get_data(alone.get())),
        alone.get()->len);
    std::string bytes(1, all[before_type]);
    bytes += all.substr(before_value, all.size() - before_value - 1);
    std::string text(bson_mark);
    encode_base64(bytes, url_base64, [&text](char c) { text += c; });
    return text;
}

bool append_bytes(std::string_view text, const char* key,
                  bson_document& document)
{
    std::string all(before_type, '\0');
    if (!decode_base64(text, url_base64, [&all](std::uint8_t byte) {
            all += static_cast<char>(byte);
        })) {
        return false;
    }
    all.insert(std::min(before_type + 1, all.size()), 1, '\0');
    all += '\0';
    const auto size = static_cast<std::uint32_t>(all.size());
    std::memcpy(all.data(), &size, sizeof(size)); // little-endian, as BSON is
    bson_t alone;
    bson_iter_t field;
    return bson_init_static(&alone,
                            reinterpret_cast<const uint8_t*>(all.data()),
                            all.size()) &&
           bson_validate(&alone, BSON_VALIDATE_NONE, nullptr) &&
           bson_iter_init(&field, &alone) && bson_iter_next(&field) &&
           bson_append_iter(document.get(), key, -1, &field);
}

bool append_any(std::string_view text, const char* key, bson_document& document)
{
    bson_oid_t object_id;
    if (is_user_id(text)) {
        bson_oid_init_from_string(&object_id, std::string(text).c_str());
        document.id(key, object_id);
        return true;
    }
    if (const auto number = number_of_digits(text)) {
        document.number(key, *number);
        return true;
    }
    if (take_prefix(text, uuid_mark)) {
        return append_uuid(text, key, document);
    }
    if (take_prefix(text, bson_mark)) {
        return append_bytes(text, key, document);
    }
    take_prefix(text, text_mark);
    document.text(key, text);
    return true;
}

} // namespace

bool write_id_text(const bson_iter_t& id, std::string& text)
{
    const uint8_t* bytes = nullptr;
    text.clear();
    if (BSON_ITER_HOLDS_OID(&id)) {
        std::array<char, 25> digits{};
        bson_oid_to_string(bson_iter_oid(&id), digits.data());
        text = digits.data();
    } else if (is_uuid(id, bytes)) {
        text = write_uuid(bytes);
    } else if (!BSON_ITER_HOLDS_UTF8(&id)) {
        text = text_or_digits(id).value_or("");
    } else if (is_printable(text_of(id))) {
        text = text_of(id);
        if (reads_as_another(text)) {
            text.insert(0, text_mark);
        }
    }
    if (!text.empty()) {
        return text.size() <= longest_user_id;
    }
    text = write_bytes(id);
    bson_document unused;
    // No server gets a String that is not UTF-8.
    return text.size() <= longest_user_id &&
           append_bytes(std::string_view(text).substr(bson_mark.size()), "",
                        unused);
}

bool append_id(std::string_view text, const char* key, bson_document& document)
{
    bson_document alone;
    bson_iter_t id;
    std::string again;
    // Each text belongs to one `_id`, which has no other text.
    return text.size() <= longest_user_id && append_any(text, "", alone) &&
           bson_iter_init(&id, alone.get()) && bson_iter_next(&id) &&
           write_id_text(id, again) && again == text &&
           bson_append_iter(document.get(), key, -1, &id);
}

} // namespace auth
