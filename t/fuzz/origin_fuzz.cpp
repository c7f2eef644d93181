// The evidence of where a form comes from, a line each: Sec-Fetch-Site, Origin,
// Referer ("-" stands for absent), Host, and a trusted origin.

#include "target.h"

#include "web/request_origin.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

using header = std::optional<std::string_view>;

bool starts_with(std::string_view text, std::string_view start)
{
    return text.substr(0, start.size()) == start;
}

/// The text of an origin in small letters, its port always written.
std::string with_port(std::string_view origin)
{
    std::string text = lower(origin);
    const bool https = starts_with(text, "https://");
    const std::size_t host = https ? 8 : 7;
    const std::size_t bracket = text.rfind(']');
    if (text.find(':', bracket == text.npos ? host : bracket) == text.npos) {
        text += https ? ":443" : ":80";
    }
    return text;
}

void check_parsed(std::string_view text)
{
    const auto origin = parse_origin(text);
    if (!origin) {
        return;
    }
    HOLDS(parse_origin(*origin) == origin);
    HOLDS(with_port(*origin) == with_port(text));
    HOLDS(starts_with(*origin, "http://") || starts_with(*origin, "https://"));
    HOLDS(origin->find_first_of("/?#@\\ ,%", 8) == origin->npos);
    HOLDS(std::all_of(origin->begin(), origin->end(),
                      [](char c) { return c > ' ' && c < 0x7f; }));
    HOLDS(!parse_origin(*origin + "/"));
    HOLDS(!parse_origin(*origin + ", " + *origin));
}

/// Of a form that Origin or Referer has let through, and nothing else: that
/// header names the request's own host.
void check_own(std::string_view from, const origin_evidence& evidence,
               bool referer)
{
    if (referer) {
        const std::size_t path = from.find_first_of(
            "/?#", std::min(from.size(), from.find("//") + 2));
        from = from.substr(0, path);
    }
    const bool https = starts_with(lower(from), "https://");
    HOLDS(https || (!evidence.tls && starts_with(lower(from), "http://")));
    const std::string own =
        (https ? "https://" : "http://") + std::string(evidence.host);
    HOLDS(with_port(from) == with_port(own));
}

void check_evidence(const origin_evidence& evidence,
                    const std::vector<std::string>& trusted)
{
    const bool passes = is_same_origin(evidence, trusted);
    if (is_same_origin(evidence, {})) {
        HOLDS(passes);
    }
    if (evidence.sec_fetch_site == header("same-origin") ||
        evidence.sec_fetch_site == header("none")) {
        HOLDS(passes);
        return;
    }
    const auto named = parse_origin(evidence.origin.value_or(""));
    if (named &&
        std::find(trusted.begin(), trusted.end(), *named) != trusted.end()) {
        HOLDS(passes);
        return;
    }
    if (evidence.sec_fetch_site) {
        HOLDS(!passes);
    } else if (evidence.origin) {
        if (passes) {
            check_own(*evidence.origin, evidence, false);
        }
    } else if (!evidence.referer || evidence.referer->empty()) {
        HOLDS(passes);
    } else if (is_same_origin(evidence, {})) {
        check_own(*evidence.referer, evidence, true);
    }
}

} // namespace

void run(std::string_view input)
{
    const exact_bytes site(take_line(input)), origin(take_line(input)),
        referer(take_line(input)), host(take_line(input)), other(input);
    const auto present = [](const exact_bytes& bytes) {
        return bytes.view() == "-" ? std::nullopt : header(bytes.view());
    };

    for (const exact_bytes* each : {&site, &origin, &referer, &host, &other}) {
        check_parsed(each->view());
    }
    std::vector<std::string> trusted;
    if (const auto parsed = parse_origin(other.view())) {
        trusted.push_back(*parsed);
    }
    for (const bool tls : {false, true}) {
        check_evidence({present(site), present(origin), present(referer),
                        host.view(), tls},
                       trusted);
        check_evidence(
            {std::nullopt, present(origin), present(referer), host.view(), tls},
            trusted);
        check_evidence(
            {std::nullopt, std::nullopt, present(referer), host.view(), tls},
            trusted);
    }
}

} // namespace auth::fuzz
