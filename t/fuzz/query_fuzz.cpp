// One argument of a query string: first line its name, then the query.

#include "target.h"

#include "web/form.h"
#include "web/return_url.h"
#include "web/url_encoding.h"

namespace auth::fuzz {

void run(std::string_view input)
{
    const std::string_view name = take_line(input);
    const exact_bytes query(input);

    std::string value;
    const bool found = query_argument(query.view(), name, value);
    if (found) {
        HOLDS(is_valid_utf8(value) && value.find('\0') == value.npos);
        // One more of its name is one too many; others make no difference.
        std::string again;
        const std::string encoded = encode_query_value(name);
        HOLDS(!query_argument(std::string(input) + "&" + encoded + "=", name,
                              again));
        HOLDS(query_argument("%=%&%&" + std::string(input) + "&=%zz", name,
                             again) ||
              name.empty());
        HOLDS(again == value || name.empty());
    }

    // What was encoded is found as it was.
    const std::string next = encode_query_value(input);
    for (const char c : next) {
        HOLDS(c > ' ' && c < 0x7f && c != '&' && c != '+' && c != '#' &&
              c != '=');
    }
    const bool is_text = is_valid_utf8(input) && input.find('\0') == input.npos;
    HOLDS(query_argument("a=b&next=" + next + "&c", "next", value) == is_text);
    HOLDS(!is_text || value == input);
}

} // namespace auth::fuzz
