// Forms and query strings: the same as a slow decoder makes of them.

#include "target.h"

#include "web/form.h"
#include "web/return_url.h"
#include "web/url_encoding.h"

#include <optional>
#include <utility>

namespace auth::fuzz {

namespace {

using error = form::error;

int digit(char c)
{
    const std::size_t at = std::string_view("0123456789abcdef").find(c);
    if (at != std::string_view::npos) {
        return static_cast<int>(at);
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> decode(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i] == '+' ? ' ' : text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || digit(text[i + 1]) < 0 ||
                digit(text[i + 2]) < 0) {
                return std::nullopt;
            }
            c = static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        }
        if (c == '\0') {
            return std::nullopt;
        }
        decoded += c;
    }
    return is_valid_utf8(decoded) ? std::optional(decoded) : std::nullopt;
}

struct field {
    std::string name, value;
};

error decode(std::string_view body, std::vector<field>& fields)
{
    for (const std::string_view segment : split(body, '&')) {
        if (segment.empty()) {
            continue;
        }
        if (fields.size() == 16) {
            return error::too_many_fields;
        }
        const std::size_t equals = segment.find('=');
        const auto name = decode(segment.substr(0, equals));
        const auto value =
            decode(equals == segment.npos ? "" : segment.substr(equals + 1));
        if (!name || !value) {
            return error::bad_encoding;
        }
        for (const field& other : fields) {
            if (other.name == *name) {
                return error::repeated_field;
            }
        }
        fields.push_back({*name, *value});
    }
    return error::none;
}

void check_fields(const form& parsed, const std::vector<field>& fields)
{
    for (const field& each : fields) {
        HOLDS(parsed.has(each.name));
        HOLDS(parsed.get(each.name) == each.value);
    }
}

/// Written anew, the form is the same.
void check_written_anew(const std::vector<field>& fields)
{
    std::string body;
    for (const field& each : fields) {
        body += "&" + encode_query_value(each.name) + "=" +
                encode_query_value(each.value);
    }
    form again;
    HOLDS(again.parse(exact_bytes(body).view()) == error::none);
    check_fields(again, fields);
}

/// A form that can be read is a query string that says the same.
void check_as_query(std::string_view body, const std::vector<field>& fields)
{
    for (const field& each : fields) {
        std::string value;
        HOLDS(query_argument(body, each.name, value) && value == each.value);
    }
}

} // namespace

void run(std::string_view body)
{
    std::vector<field> fields;
    const error expected = decode(body, fields);

    form parsed;
    HOLDS(parsed.parse("left over=1") == error::none);
    HOLDS(parsed.parse(body) == expected);
    if (expected != error::none) {
        for (const field& each : fields) {
            HOLDS(!parsed.has(each.name) && parsed.get(each.name).empty());
        }
        return;
    }
    check_fields(parsed, fields);
    check_written_anew(fields);
    check_as_query(body, fields);
}

} // namespace auth::fuzz
