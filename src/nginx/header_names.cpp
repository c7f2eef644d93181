#include "nginx/header_names.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace auth {

namespace {

/// By hand, since every request pays for it.
constexpr char fold(unsigned char c) noexcept
{
    const auto small = static_cast<unsigned char>(c | 0x20);
    if (small >= 'a' && small <= 'z') {
        return static_cast<char>(small);
    }
    return c >= '0' && c <= '9' ? static_cast<char>(c) : '-';
}

} // namespace

bool folds_to(const ngx_str_t& name, std::string_view folded) noexcept
{
    if (name.len != folded.size()) {
        return false;
    }
    for (std::size_t i = 0; i < folded.size(); ++i) {
        if (fold(name.data[i]) != folded[i]) {
            return false;
        }
    }
    return true;
}

bool is_identity_header_name(std::string_view name)
{
    // Folded; what nginx keeps pointers to, or frames a message with.
    static constexpr std::string_view used[] = {"host",
                                                "connection",
                                                "content-length",
                                                "content-type",
                                                "transfer-encoding",
                                                "cookie",
                                                "authorization",
                                                "upgrade",
                                                "expect",
                                                "te",
                                                "trailer",
                                                "keep-alive",
                                                "range",
                                                "if-range",
                                                "referer",
                                                "user-agent",
                                                "accept",
                                                "accept-encoding",
                                                "date",
                                                "depth",
                                                "destination",
                                                "overwrite",
                                                "x-forwarded-for",
                                                "x-real-ip",
                                                "origin",
                                                "sec-fetch-site",
                                                "sec-fetch-mode",
                                                "sec-purpose",
                                                "x-requested-with",
                                                "if-match",
                                                "if-none-match",
                                                "if-modified-since",
                                                "if-unmodified-since",
                                                "via",
                                                "proxy-connection",
                                                "proxy-authorization"};
    const bool characters =
        !name.empty() && name.size() <= 64 &&
        std::all_of(name.begin(), name.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-';
        });
    return characters && std::find(std::begin(used), std::end(used),
                                   fold_header_name(name)) == std::end(used);
}

std::string fold_header_name(std::string_view name)
{
    std::string folded(name);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char c) { return fold(c); });
    return folded;
}

identity_header make_identity_header(ngx_pool_t* pool, std::string_view name)
{
    identity_header header;
    header.name = copy(pool, name);
    header.folded = fold_header_name(name);
    header.lower_case = copy(pool, header.folded);
    header.hash = ngx_hash_key(header.lower_case.data, header.lower_case.len);
    return header;
}

void header_names::add(std::string_view folded)
{
    folded_.push_back(folded);
    lengths_ |= std::uint64_t{1} << (folded.size() % 64);
}

bool header_names::is_among(const ngx_str_t& name) const noexcept
{
    return std::any_of(
        folded_.begin(), folded_.end(),
        [&](std::string_view folded) { return folds_to(name, folded); });
}

} // namespace auth
