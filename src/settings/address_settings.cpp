// The directives of a realm about addresses of pages and other sites, and
// about the headers that tell who somebody is.

#include "settings/realm_directives.h"

#include "web/header_name.h"
#include "web/request_origin.h"
#include "web/return_url.h"
#include "web/url_encoding.h"

#include <algorithm>
#include <cctype>

namespace auth {

namespace {

void read_origin(const directive& written, realm_settings& to)
{
    for (std::size_t i = 1; i < written.size(); ++i) {
        const std::optional<std::string> origin = parse_origin(written[i]);
        if (!origin) {
            written.refuse(written[i], "an origin without a path such as "
                                       "\"https://www.example.com\"");
        }
        to.origins.push_back(*origin);
    }
}

/// The directive `NAME_url` of each page that links lead to. nginx wants a NUL
/// behind a name.
const std::array<std::string, page_count>& url_directives()
{
    static const auto all = [] {
        std::array<std::string, page_count> names;
        for (const page_row& row : page_table) {
            if (!row.default_path.empty()) {
                names[index_of(row.which)] = std::string(row.name) + "_url";
            }
        }
        return names;
    }();
    return all;
}

void read_url(const directive& written, realm_settings& to)
{
    if (!is_valid_return_url(written[1], {}) ||
        written[1].find_first_of("?# \"") != std::string_view::npos) {
        written.refuse(written[1], "a path of this site such as \"/login\", "
                                   "without scheme, host or arguments");
    }
    const auto& names = url_directives();
    const auto* which = std::find(names.begin(), names.end(), written.name());
    to.urls[static_cast<std::size_t>(which - names.begin())] =
        encode_location(written[1]);
}

/// Whether the name has only letters, digits and `-`, and neither HTTP nor
/// nginx itself uses a header of that name.
bool is_identity_header_name(std::string_view name)
{
    // nginx keeps pointers to these, or they frame a message. In small letters.
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

std::string read_header(const directive& written, std::string_view name)
{
    if (!is_identity_header_name(name)) {
        written.refuse(name, "a header name of letters, digits and -, "
                             "that nginx and HTTP do not use themselves");
    }
    return std::string(name);
}

void read_identity_header(const directive& written, realm_settings& to)
{
    to.user_header_name.clear();
    to.roles_header_name.clear();
    if (written.is_off()) {
        return;
    }
    to.user_header_name = read_header(written, written[1]);
    if (written.size() > 2) {
        std::string_view value;
        if (!parameter(written[2], "roles", value)) {
            written.refuse(written[2], "\"roles=NAME\"");
        }
        to.roles_header_name = read_header(written, value);
        if (fold_header_name(to.roles_header_name) ==
            fold_header_name(to.user_header_name)) {
            written.refuse(value, "another name than the user's header");
        }
    }
}

} // namespace

std::vector<realm_directive> address_settings()
{
    std::vector<realm_directive> all{
        {"origin", arguments::one_or_more, "", read_origin},
        {"identity_header", arguments::one_or_two,
         "Remote-User roles=Remote-Groups", read_identity_header},
    };
    for (const std::string& name : url_directives()) {
        if (!name.empty()) {
            all.push_back({name.c_str(), arguments::one, "", read_url});
        }
    }
    return all;
}

} // namespace auth
