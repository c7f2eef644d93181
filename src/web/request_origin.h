#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// What of a request decides whether its form is accepted. nullopt: the
/// header is absent. A repeated header is passed joined by ", ", which no
/// valid value holds.
struct origin_evidence {
    std::optional<std::string_view> sec_fetch_site;
    std::optional<std::string_view> origin;
    std::optional<std::string_view> referer;
    std::string_view host; ///< the Host header or :authority, port included
    bool tls = false;      ///< whether the browser speaks TLS
};

/// Parses and normalises an origin for the `origin` directive
/// (scheme://host[:port], http or https, host folded, default port left out).
/// nullopt if it is none, or has a path.
std::optional<std::string> parse_origin(std::string_view text);

enum class origin_verdict {
    accepted,
    /// This very host, but by plain HTTP where its cookies need TLS: a browser
    /// would not keep the session.
    needs_https,
    foreign
};

/// Whether a state-changing request comes from this site itself: the rule of
/// Go's http.CrossOriginProtection with Referer as a last resort. `trusted`
/// holds what parse_origin() returned.
///
/// An Origin or Referer is ours when its host and port are those of `host`;
/// a port that either leaves out is the default one of the Origin's scheme.
/// The schemes: with `tls` only https is ours, because a page that came over
/// plain HTTP may have been written by anybody on the way. Without `tls` both
/// are, because a TLS terminator may stand before nginx; then the browser
/// says https and the Host header has no port, or the browser's.
bool is_same_origin(const origin_evidence& evidence,
                    const std::vector<std::string>& trusted);

/// The same, and why not. With `tls`, an http origin that the browser has used
/// for this very request (it has the host and port of `host`) needs https also
/// if it is trusted.
origin_verdict judge_origin(const origin_evidence& evidence,
                            const std::vector<std::string>& trusted);

} // namespace auth
