#include "web/form.h"

#include "web/url_encoding.h"

#include "base/ascii.h"
#include "base/secret.h"
#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace auth {

form::~form()
{
    wipe();
}

form::error form::parse(std::string_view body)
{
    wipe();
    // A decoded text is never longer.
    bytes_.reset(new char[body.size()]);
    size_ = body.size();

    char* out = bytes_.get();
    error result = error::none;
    while (!body.empty() && result == error::none) {
        const std::string_view segment = take_part(body, "&");
        if (!segment.empty()) {
            result = add_field(segment, out);
        }
    }

    if (result != error::none) {
        wipe();
    }
    return result;
}

form::error form::add_field(std::string_view segment, char*& out) noexcept
{
    if (count_ == max_fields) {
        return error::too_many_fields;
    }

    // Without `=` the whole segment is a name, with an empty value.
    std::size_t length = 0;
    if (!decode_form_text(take_part(segment, "="), out, length)) {
        return error::bad_encoding;
    }
    const std::string_view name(out, length);
    out += length;

    if (!decode_form_text(segment, out, length)) {
        return error::bad_encoding;
    }
    const std::string_view value(out, length);
    out += length;

    // Two programs that read one form must not pick different values.
    if (find(name) != nullptr) {
        return error::repeated_field;
    }

    fields_[count_++] = {name, value};
    return error::none;
}

std::string_view form::get(std::string_view name) const noexcept
{
    const field* found = find(name);
    return found != nullptr ? found->value : std::string_view();
}

bool form::has(std::string_view name) const noexcept
{
    return find(name) != nullptr;
}

const form::field* form::find(std::string_view name) const noexcept
{
    for (std::size_t i = 0; i < count_; ++i) {
        if (fields_[i].name == name) {
            return &fields_[i];
        }
    }
    return nullptr;
}

void form::wipe() noexcept
{
    count_ = 0;
    if (bytes_ != nullptr) {
        wipe_memory(bytes_.get(), size_);
    }
    bytes_.reset();
    size_ = 0;
}

namespace {

/// Takes the value of a parameter off the front of `text` (RFC 9110, 5.6.6). It
/// is a token or a quoted string, whose quotes are left out. An escape in a
/// quoted string stays as it is, because no charset is spelt with an escape.
bool take_parameter_value(std::string_view& text, std::string_view& value)
{
    if (text.empty() || text.front() != '"') {
        value = trim_ows(text.substr(0, text.find(';')));
        text.remove_prefix(std::min(text.find(';'), text.size()));
        return !value.empty();
    }

    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            value = text.substr(1, i - 1);
            text = trim_ows(text.substr(i + 1));
            return text.empty() || text.front() == ';';
        }
    }
    return false;
}

} // namespace

bool is_form_content_type(std::string_view content_type) noexcept
{
    constexpr std::string_view form_type = "application/x-www-form-urlencoded";

    const std::size_t end = content_type.find(';');
    if (!equal_ignoring_case(trim_ows(content_type.substr(0, end)),
                             form_type)) {
        return false;
    }
    if (end == std::string_view::npos) {
        return true;
    }

    std::string_view rest = content_type.substr(end);
    while (!rest.empty()) {
        rest = trim_ows(rest.substr(1)); // the ';'
        if (rest.empty() || rest.front() == ';') {
            continue; // an empty parameter is allowed
        }

        const std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return false;
        }
        const std::string_view name = rest.substr(0, equals);
        if (name.find_first_of(" \t;\",") != std::string_view::npos) {
            return false;
        }

        std::string_view value;
        rest.remove_prefix(equals + 1);
        if (!take_parameter_value(rest, value)) {
            return false;
        }

        // `utf8` is another name of this encoding (WHATWG Encoding, 4.2).
        if (equal_ignoring_case(name, "charset") &&
            !equal_ignoring_case(value, "utf-8") &&
            !equal_ignoring_case(value, "utf8")) {
            return false;
        }
    }
    return true;
}

} // namespace auth
