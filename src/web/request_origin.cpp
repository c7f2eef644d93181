#include "web/request_origin.h"

#include "web/url_encoding.h"

#include "base/ascii.h"

#include <algorithm>
#include <arpa/inet.h>

namespace auth {

namespace {

constexpr unsigned no_port = 0;

struct authority {
    std::string host; // folded; an IPv6 address keeps its brackets
    unsigned port = no_port;
};

struct web_origin {
    bool https = false;
    std::string host;
    unsigned port = no_port; // in a parsed origin it is set

    unsigned default_port() const { return https ? 443 : 80; }
};

/// A port of 1 to 65535, in digits without a leading zero; else no_port.
unsigned parse_port(std::string_view text)
{
    if (text.empty() || text.size() > 5 || text.front() == '0') {
        return no_port;
    }

    unsigned port = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') {
            return no_port;
        }
        port = port * 10 + static_cast<unsigned>(digit - '0');
    }
    return port <= 65535 ? port : no_port;
}

/// A registered name as browsers write it (ASCII, RFC 3986, 3.2.2 without
/// percent-encoding), or an IPv4 address.
bool is_host_name(std::string_view host)
{
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_';
    });
}

bool is_ipv6_literal(const std::string& host)
{
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') {
        return false;
    }

    const std::string address = host.substr(1, host.size() - 2);
    in6_addr parsed;
    return address.find_first_not_of("0123456789abcdef:.") ==
               std::string::npos &&
           inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

/// host[:port] of RFC 3986, 3.2, without user information.
std::optional<authority> parse_authority(std::string_view text)
{
    // The colon of a port comes after the bracket of an IPv6 address.
    const std::size_t bracket = text.find(']');
    const std::size_t colon =
        text.find(':', bracket == std::string_view::npos ? 0 : bracket);

    authority result;
    for (const char c : text.substr(0, colon)) {
        result.host += ascii_lower(c);
    }
    if (!is_host_name(result.host) && !is_ipv6_literal(result.host)) {
        return std::nullopt;
    }

    if (colon != std::string_view::npos) {
        result.port = parse_port(text.substr(colon + 1));
        if (result.port == no_port) {
            return std::nullopt;
        }
    }
    return result;
}

/// Takes `scheme://host[:port]` off the front of `text`, and leaves the rest
/// there. Returns nullopt for `null`, other schemes and everything malformed.
std::optional<web_origin> take_origin(std::string_view& text)
{
    web_origin result;
    const auto take_scheme = [&](std::string_view scheme) {
        if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme)) {
            return false;
        }
        text.remove_prefix(scheme.size());
        return true;
    };

    if (take_scheme("https://")) {
        result.https = true;
    } else if (!take_scheme("http://")) {
        return std::nullopt;
    }

    const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
    std::optional<authority> named = parse_authority(text.substr(0, end));
    if (!named) {
        return std::nullopt;
    }
    text.remove_prefix(end);

    result.host = std::move(named->host);
    result.port = named->port != no_port ? named->port : result.default_port();
    return result;
}

std::string format_origin(const web_origin& origin)
{
    std::string text = origin.https ? "https://" : "http://";
    text += origin.host;
    if (origin.port != origin.default_port()) {
        text += ':';
        text += std::to_string(origin.port);
    }
    return text;
}

/// Whether an origin has the host and port of a request. If either lacks a
/// port, it is the default port of the origin's scheme.
bool is_own(const web_origin& origin, std::string_view host)
{
    const std::optional<authority> own = parse_authority(host);
    return own && own->host == origin.host &&
           (own->port != no_port ? own->port : origin.default_port()) ==
               origin.port;
}

bool has_host(const web_origin& origin, std::string_view host)
{
    const std::optional<authority> own = parse_authority(host);
    return own && own->host == origin.host;
}

bool is_trusted(const web_origin& origin,
                const std::vector<std::string>& trusted)
{
    return std::find(trusted.begin(), trusted.end(), format_origin(origin)) !=
           trusted.end();
}

/// The Origin header: an origin and nothing after it (RFC 6454, 7).
std::optional<web_origin> parse_whole_origin(std::string_view text)
{
    std::optional<web_origin> origin = take_origin(text);
    return text.empty() ? origin : std::nullopt;
}

} // namespace

std::optional<std::string> parse_origin(std::string_view text)
{
    const std::optional<web_origin> origin = parse_whole_origin(text);
    if (!origin) {
        return std::nullopt;
    }
    return format_origin(*origin);
}

origin_verdict judge_origin(const origin_evidence& evidence,
                            const std::vector<std::string>& trusted)
{
    // Fetch Metadata: the browser has compared the two origins, and knows the
    // origin of the request better than nginx does. `same-site` is not enough,
    // because another subdomain may be another site.
    if (evidence.sec_fetch_site == "same-origin" ||
        evidence.sec_fetch_site == "none") {
        return origin_verdict::accepted;
    }

    // An empty Referer counts as absent. Some proxies empty it, and a hostile
    // page can leave it out anyway.
    const bool referred =
        !evidence.origin && evidence.referer && !evidence.referer->empty();
    if (!evidence.origin && !referred) {
        // No browser: every browser that sends cookies sends one of the three.
        return evidence.sec_fetch_site ? origin_verdict::foreign
                                       : origin_verdict::accepted;
    }

    std::string_view referer = evidence.referer.value_or("");
    const std::optional<web_origin> origin =
        referred ? take_origin(referer) : parse_whole_origin(*evidence.origin);
    if (!origin) {
        return origin_verdict::foreign;
    }
    const bool by_http = evidence.tls && !origin->https;
    const bool own = is_own(*origin, evidence.host);
    if (by_http && own) {
        return origin_verdict::needs_https;
    }
    // If the browser has compared, the Referer does not matter.
    if (!(referred && evidence.sec_fetch_site) &&
        is_trusted(*origin, trusted)) {
        return origin_verdict::accepted;
    }
    if (own && !evidence.sec_fetch_site) {
        return origin_verdict::accepted;
    }
    return by_http && has_host(*origin, evidence.host)
               ? origin_verdict::needs_https
               : origin_verdict::foreign;
}

bool is_same_origin(const origin_evidence& evidence,
                    const std::vector<std::string>& trusted)
{
    return judge_origin(evidence, trusted) == origin_verdict::accepted;
}

} // namespace auth
