#include "web/navigation.h"

#include "web/url_encoding.h"

#include "base/ascii.h"

#include <algorithm>

namespace auth {

namespace {

/// The length of `text` up to `separator`; quoted strings are passed over
/// (RFC 9110, 5.6.4).
std::size_t part_length(std::string_view text, char separator) noexcept
{
    bool quoted = false;

    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
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

/// A quality value (RFC 9110, 12.4.2) in thousandths. A malformed value counts
/// as zero, so that the client gets the plain 401.
unsigned quality_of(std::string_view text) noexcept
{
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return 0;
    }

    unsigned quality = text[0] == '1' ? 1000 : 0;
    unsigned place = 100;
    for (const char digit : text.substr(text.size() > 1 ? 2 : 1)) {
        if (digit < '0' || digit > '9') {
            return 0;
        }
        quality += place * static_cast<unsigned>(digit - '0');
        place /= 10;
    }
    return quality <= 1000 ? quality : 0;
}

/// The quality that an Accept header gives to HTML, and its highest quality.
struct preference {
    unsigned html = 0;
    unsigned most = 0;
};

preference read_accept(std::string_view accept) noexcept
{
    preference wanted;

    while (!accept.empty()) {
        std::string_view range = take_part(accept, ',');
        const std::string_view type = take_part(range, ';');
        if (type.empty()) {
            continue;
        }

        unsigned quality = 1000;
        while (!range.empty()) {
            const std::string_view parameter = take_part(range, ';');
            if (equal_ignoring_case(parameter.substr(0, 2), "q=")) {
                quality = quality_of(parameter.substr(2));
            }
        }
        wanted.most = std::max(wanted.most, quality);
        if (equal_ignoring_case(type, "text/html")) {
            wanted.html = std::max(wanted.html, quality);
        }
    }
    return wanted;
}

bool is_shown(std::string_view destination) noexcept
{
    static constexpr std::string_view shown[] = {"document", "iframe", "frame",
                                                 "embed", "object"};
    return std::find(std::begin(shown), std::end(shown), destination) !=
           std::end(shown);
}

/// Whether a body is of one of the three kinds that HTML's forms send.
bool is_form(std::string_view content_type) noexcept
{
    const std::string_view type = take_part(content_type, ';');
    return equal_ignoring_case(type, "application/x-www-form-urlencoded") ||
           equal_ignoring_case(type, "multipart/form-data") ||
           equal_ignoring_case(type, "text/plain");
}

/// For browsers that send no Fetch Metadata.
bool looks_like_navigation(const navigation_evidence& evidence) noexcept
{
    const preference wanted = read_accept(evidence.accept);
    return evidence.user_agent.substr(0, 8) == "Mozilla/" &&
           evidence.x_requested_with != "XMLHttpRequest" && wanted.html > 0 &&
           wanted.html >= wanted.most &&
           (evidence.asks_by != navigation_evidence::method::post ||
            is_form(evidence.content_type));
}

} // namespace

bool is_navigation(const navigation_evidence& evidence) noexcept
{
    if (evidence.asks_by == navigation_evidence::method::other) {
        return false;
    }
    if (evidence.sec_fetch_mode) {
        return *evidence.sec_fetch_mode == "navigate" &&
               is_shown(evidence.sec_fetch_dest.value_or("document"));
    }
    return looks_like_navigation(evidence);
}

bool accepts_html(std::string_view accept) noexcept
{
    return read_accept(accept).html > 0;
}

} // namespace auth
