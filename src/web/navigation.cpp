#include "web/navigation.h"

#include "web/url_encoding.h"

namespace auth {

namespace {

/// The length of `text` up to `separator`; quoted strings are passed over
/// (RFC 9110, 5.6.4).
std::size_t part_length(std::string_view text, char separator) noexcept
{
    bool quoted = false;

    for (std::size_t i = 0; i < text.size(); i++) {
        if (quoted && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == separator) {
            return i;
        }
    }

    return text.size();
}

/// Takes the next part off a list.
std::string_view take_part(std::string_view& list, char separator) noexcept
{
    const std::size_t length = part_length(list, separator);
    const std::string_view part = list.substr(0, length);
    list.remove_prefix(length < list.size() ? length + 1 : length);

    return trim_ows(part);
}

/// Whether a quality value (RFC 9110, 12.4.2) is above zero. A malformed one
/// counts as zero: who cannot be understood gets the plain 401.
bool is_positive_quality(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) {
        return false;
    }
    if (text.size() > 1 && text[1] != '.') {
        return false;
    }

    bool positive = text[0] == '1';
    for (const char digit : text.substr(text.size() > 1 ? 2 : 1)) {
        if (digit < '0' || digit > '9') {
            return false;
        }
        positive = positive || digit != '0';
    }

    return positive;
}

bool accepts_html(std::string_view accept) noexcept
{
    while (!accept.empty()) {
        std::string_view range = take_part(accept, ',');
        if (!equal_ignoring_case(take_part(range, ';'), "text/html")) {
            continue;
        }

        bool accepted = true;
        while (!range.empty()) {
            const std::string_view parameter = take_part(range, ';');
            if (equal_ignoring_case(parameter.substr(0, 2), "q=")) {
                accepted = is_positive_quality(parameter.substr(2));
            }
        }
        if (accepted) {
            return true;
        }
    }

    return false;
}

} // namespace

bool is_navigation(const navigation_evidence& evidence) noexcept
{
    if (evidence.sec_fetch_mode) {
        return *evidence.sec_fetch_mode == "navigate";
    }

    return evidence.get_or_head && !evidence.x_requested_with &&
           accepts_html(evidence.accept);
}

} // namespace auth
