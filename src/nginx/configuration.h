#pragma once

// What a configuration says, as the handlers read it. Made while nginx reads
// its configuration, unchanged afterwards.

#include "nginx/header_names.h"
#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "web/cookies.h"
#include "web/page_table.h"
#include "web/return_url.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

struct worker_services;

/// A realm as a directive names it: by its name, or as the only realm.
struct realm_reference {
    ngx_str_t name; ///< empty: the only realm
    ngx_str_t directive;
    source_position position;
};

/// A realm within a server: the addresses of its pages depend on the locations
/// of this server.
struct server_realm {
    realm* owner = nullptr;
    ngx_str_t urls[page_count] = {};       ///< of pages that links lead to
    bool served[page_count] = {};          ///< whether a page links to it
    std::vector<excluded_path> no_return;  ///< a `next` may not lead there
    const prepared_pages* pages = nullptr; ///< one of `owner`
    ngx_str_t challenge[2] = {}; ///< WWW-Authenticate: plain, secure cookie
    /// Where an auth_login of this server is that leads people to the login
    /// page.
    std::optional<source_position> needs_login;

    const ngx_str_t& challenge_for(const ngx_connection_t* c) const noexcept
    {
        return challenge[owner->secure_for(c) ? 1 : 0];
    }

    const ngx_str_t& url(page_kind page) const noexcept
    {
        return urls[index_of(page)];
    }
    bool serves(page_kind page) const noexcept
    {
        return served[index_of(page)];
    }
};

/// What all pages of a server show: the realm, the links, the numbers.
page_model common_model(const server_realm& here);

/// A location with `auth_page`.
struct page_location {
    realm_reference realm;
    page_kind page;
    ngx_str_t name;
    bool exact;
    bool usable_as_url; ///< no regular expression, and not a named location
};

struct server_configuration {
    std::vector<page_location> pages;
    std::vector<server_realm*> realms; ///< all that this server names
    auth::cookie_names own_cookies;
    header_names identity_headers;

    /// The entry of `owner`, made if this server has not named it yet.
    server_realm* realm_entry(ngx_pool_t* pool, realm* owner);
};

enum class login_rule { off, required, optional };

/// An `auth_login` directive.
struct login_directive {
    login_rule rule;
    realm_reference realm;
    std::vector<std::string_view>
        users; ///< if there are users or roles, the user
    std::vector<std::string_view> roles; ///< must have one of either
    /// Index of the variable that makes it optional while it is `1`.
    std::optional<ngx_uint_t> unless;
};

/// The configuration of a location. nginx allocates and merges it, so it is
/// plain.
struct location_configuration {
    const login_directive* login_written; ///< own or inherited; may be null
    ngx_flag_t login_is_own;

    bool has_page;
    page_kind page;
    const realm_reference* page_written;

    // Resolved when locations are merged.
    login_rule rule;
    server_realm* login; ///< null: not protected
    server_realm* page_realm;

    /// The realm of whose sessions the variables tell.
    server_realm* known_realm() const noexcept
    {
        return page_realm != nullptr ? page_realm : login;
    }
};

/// A variable of `auth_login … unless=$VAR`.
struct unless_variable {
    ngx_str_t name;
    source_position position;
};

struct main_configuration {
    std::vector<realm*> realms;
    /// The core configurations of locations with a page, and of blocks in them.
    std::vector<ngx_http_core_loc_conf_t*> page_locations;
    worker_services* services = nullptr; ///< null: there is no realm

    ngx_http_get_variable_pt core_remote_user = nullptr;
    ngx_uint_t auth_basic_index = NGX_CONF_UNSET_UINT; ///< ctx_index
    std::vector<ngx_int_t> user_variables; ///< indexes that a login changes
    std::vector<unless_variable> unless;   ///< of all auth_login directives

    realm* find(std::string_view name) const noexcept;
};

/// The realm that a directive means. If there is none, throws
/// configuration_error, which names the line of the directive.
realm* resolve_realm(const main_configuration& all,
                     const realm_reference& named);

main_configuration& main_conf_of(ngx_conf_t* cf) noexcept;
main_configuration& main_conf_of(ngx_http_request_t* r) noexcept;
const server_configuration& server_conf_of(ngx_http_request_t* r) noexcept;
const location_configuration& location_conf_of(ngx_http_request_t* r) noexcept;

} // namespace auth
