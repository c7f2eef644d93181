#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// The headers that decide whether a form is accepted. An absent header is
/// nullopt. A repeated header is joined by ", ", which no valid value contains.
struct origin_evidence {
    std::optional<std::string_view> sec_fetch_site;
    std::optional<std::string_view> origin;
    std::optional<std::string_view> referer;
    std::string_view host; ///< the Host header or :authority, port included
    bool tls = false;      ///< whether the browser speaks TLS
};

/// Parses and normalises an origin for the `origin` directive
/// (scheme://host[:port], http or https, host in small letters, without the
/// default port). Returns nullopt if the text is no origin, or has a path.
std::optional<std::string> parse_origin(std::string_view text);

enum class origin_verdict {
    accepted,
    /// This host, by plain HTTP, although its cookies need TLS: a browser would
    /// not keep the session.
    needs_https,
    foreign
};

/// Whether a request that changes something comes from this site itself. The
/// rule is that of Go's http.CrossOriginProtection, with Referer as a last
/// resort. `trusted` holds results of parse_origin().
///
/// An Origin or Referer belongs to this site if its host and port are those of
/// `host`. If either lacks a port, it is the default port of the Origin's
/// scheme. With `tls` the scheme must be https, because anybody on the way may
/// have written a page that came over plain HTTP. Without `tls` it may be http
/// or https, because a TLS terminator may be in front of nginx; the browser
/// then says https, and the Host header has no port, or the port that the
/// browser sees.
bool is_same_origin(const origin_evidence& evidence,
                    const std::vector<std::string>& trusted);

/// Decides the same and says why not. With `tls` an http origin with the host
/// and port of `host` needs https, even if it is trusted: the browser has used
/// it for this request.
origin_verdict judge_origin(const origin_evidence& evidence,
                            const std::vector<std::string>& trusted);

} // namespace auth
