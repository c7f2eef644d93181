#include "store/mongo_field.h"

#include <charconv>
#include <cmath>

namespace auth {

namespace {

/// Goes along `path` as far as it leads. Returns true if `field` is then at its
/// end; otherwise `field` is at the value that is in the way.
bool follow(const bson_t& document, std::string_view path,
            bson_iter_t& field) noexcept
{
    bson_iter_t fields;
    bool readable = bson_iter_init(&fields, &document);
    while (readable) {
        const std::string_view name = path.substr(0, path.find('.'));
        if (!bson_iter_find_w_len(&fields, name.data(),
                                  static_cast<int>(name.size()))) {
            return false;
        }
        field = fields;
        if (name.size() == path.size()) {
            return true;
        }
        path.remove_prefix(name.size() + 1);
        readable = BSON_ITER_HOLDS_DOCUMENT(&field) &&
                   bson_iter_recurse(&field, &fields);
    }
    return false;
}

} // namespace

bool find_field(const bson_t& document, const std::string& path,
                bson_iter_t& field) noexcept
{
    return follow(document, path, field);
}

bool leads_through_list(const bson_t& document,
                        const std::string& path) noexcept
{
    bson_iter_t field{};
    follow(document, path, field);
    return field.raw != nullptr && BSON_ITER_HOLDS_ARRAY(&field);
}

std::string_view text_of(const bson_iter_t& field) noexcept
{
    uint32_t length = 0;
    const char* text = bson_iter_utf8(&field, &length);
    return {text, length};
}

std::optional<int64_t> number_of_digits(std::string_view text) noexcept
{
    int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    const std::size_t sign = number < 0 ? 1 : 0;
    const bool whole = read.ec == std::errc() && read.ptr == end;
    // No "007", no "-0".
    return whole && (text == "0" || (number != 0 && text[sign] != '0'))
               ? std::optional<int64_t>(number)
               : std::nullopt;
}

std::optional<std::string> text_or_digits(const bson_iter_t& field)
{
    switch (bson_iter_type(&field)) {
    case BSON_TYPE_UTF8:
        return std::string(text_of(field));
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return std::to_string(bson_iter_as_int64(&field));
    case BSON_TYPE_DOUBLE: {
        const double number = bson_iter_double(&field);
        constexpr double largest_exact = 9007199254740992; // 2 to the 53rd
        const bool whole =
            std::abs(number) <= largest_exact && std::trunc(number) == number;
        return whole ? std::optional<std::string>(
                           std::to_string(static_cast<int64_t>(number)))
                     : std::nullopt;
    }
    default:
        return std::nullopt;
    }
}

std::optional<bool> truth_of(const bson_iter_t& field) noexcept
{
    if (BSON_ITER_HOLDS_BOOL(&field) || BSON_ITER_HOLDS_NUMBER(&field)) {
        return bson_iter_as_bool(&field);
    }
    if (BSON_ITER_HOLDS_UTF8(&field) && text_of(field) == "true") {
        return true;
    }
    if (BSON_ITER_HOLDS_UTF8(&field) && text_of(field) == "false") {
        return false;
    }
    return std::nullopt;
}

void nest_fields(const bson_document& flat, bson_document& nested)
{
    bson_iter_t field;
    bson_iter_init(&field, flat.get());
    while (bson_iter_next(&field)) {
        const std::string_view path = bson_iter_key(&field);
        const std::string name(path.substr(0, path.find('.')));
        if (name.size() == path.size()) {
            bson_append_iter(nested.get(), nullptr, 0, &field);
            continue;
        }
        if (bson_has_field(nested.get(), name.c_str())) {
            continue; // it was copied with the first field of that document
        }
        bson_document below;
        bson_iter_t other;
        bson_iter_init(&other, flat.get());
        while (bson_iter_next(&other)) {
            const std::string_view key = bson_iter_key(&other);
            if (key.size() > name.size() && key[name.size()] == '.' &&
                key.substr(0, name.size()) == name) {
                bson_append_iter(below.get(), key.data() + name.size() + 1, -1,
                                 &other);
            }
        }
        bson_document whole;
        nest_fields(below, whole);
        nested.document(name.c_str(), whole);
    }
}

} // namespace auth
