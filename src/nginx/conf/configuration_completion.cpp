// What is known only after the whole configuration has been read: where pages
// are, what collides, what nginx has to set up for the module.

#include "nginx/conf/configuration_hooks.h"
#include "nginx/conf/directive.h"
#include "nginx/conf/listeners.h"
#include "nginx/conf/unless_variables.h"
#include "nginx/configuration.h"
#include "nginx/internals/thread_pools.h"
#include "nginx/internals/tls.h"
#include "nginx/pages/form_body.h"
#include "nginx/threads/worker_services.h"

#include "web/url_encoding.h"

#include "base/quote.h"

#include <algorithm>

namespace auth {

namespace {

/// The locations of this server that serve a page of a realm.
std::vector<const page_location*>
locations_of(const main_configuration& all, const server_configuration& server,
             const realm& owner, page_kind page)
{
    std::vector<const page_location*> found;
    for (const page_location& location : server.pages) {
        if (location.page == page &&
            resolve_realm(all, location.realm) == &owner) {
            found.push_back(&location);
        }
    }
    return found;
}

/// The location of these to which links lead: the exact location, else the only
/// one.
const page_location* serving(const main_configuration& all,
                             const server_configuration& server,
                             const realm& owner, page_kind page)
{
    const bool written = !owner.urls[index_of(page)].empty();
    const page_location* exact = nullptr;
    const page_location* other = nullptr;
    std::size_t others = 0;
    for (const page_location* location :
         locations_of(all, server, owner, page)) {
        if (location->exact && exact != nullptr && !written) {
            throw configuration_error(
                "this server has two exact locations for one page, say in "
                "the auth_realm block which one to link to: \"login_url "
                "/login;\", \"home_url /;\" etc",
                location->realm.position);
        }
        if (location->exact) {
            exact = location;
        } else if (location->usable_as_url) {
            other = location;
            ++others;
        }
    }
    return exact != nullptr ? exact : (others == 1 ? other : nullptr);
}

/// The address of a location, whose name is the path as nginx compares it.
ngx_str_t address_of(ngx_conf_t* cf, const page_location& location)
{
    return copy(cf->pool, encode_path(view(location.name)));
}

void complete_urls(ngx_conf_t* cf, const main_configuration& all,
                   const server_configuration& server, server_realm& here)
{
    for (const page_row& row : page_table) {
        if (row.default_path.empty()) {
            continue;
        }
        const std::size_t i = index_of(row.which);
        const std::string& written = here.owner->urls[i];
        const page_location* location =
            serving(all, server, *here.owner, row.which);
        here.served[i] = location != nullptr || !written.empty();
        here.urls[i] = !written.empty()      ? borrow(written)
                       : location != nullptr ? address_of(cf, *location)
                                             : borrow(row.default_path);
    }
}

/// Expands the pages of a server as far as possible. Servers that show the same
/// share them.
void prepare_pages(const main_configuration& all,
                   const server_configuration& server, server_realm& here)
{
    std::vector<page_kind> which;
    for (const page_row& row : page_table) {
        if (!row.file.empty() &&
            !locations_of(all, server, *here.owner, row.which).empty()) {
            which.push_back(row.which);
        }
    }
    const page_model common = common_model(here);
    auto& prepared = here.owner->prepared;
    auto found =
        std::find_if(prepared.begin(), prepared.end(), [&](const auto& pages) {
            return pages->is_of(common, which);
        });
    if (found == prepared.end()) {
        prepared.push_back(std::make_unique<prepared_pages>(*here.owner->pages,
                                                            common, which));
        found = prepared.end() - 1;
    }
    here.pages = found->get();
}

/// The pages to which a `next` leads nobody.
void exclude_pages(ngx_conf_t* cf, const main_configuration& all,
                   const server_configuration& server, server_realm& here)
{
    for (const page_row& row : page_table) {
        if (row.returned_to) {
            continue;
        }
        const page_location* location =
            serving(all, server, *here.owner, row.which);
        // A prefix location serves the page under every path below it, too.
        const bool below = location != nullptr && !location->exact;
        // If nobody can register here, /register belongs to the application.
        // The login page may be in another server.
        if (here.serves(row.which) || row.which == page_kind::login) {
            here.no_return.push_back({view(here.url(row.which)), below});
        }
    }
    for (const page_location& location : server.pages) {
        // Nor may it lead to such a page at another location or of another
        // realm: a login there would end in a logout.
        if (location.usable_as_url && !row_of(location.page).returned_to) {
            // Below `/` is the whole site.
            here.no_return.push_back(
                {view(address_of(cf, location)),
                 !location.exact && location.name.len > 1});
        }
    }
}

/// Warns of a forgotten include: people would be led to an address without a
/// page.
void warn_of_missing_login(ngx_conf_t* cf, const main_configuration& all,
                           const server_configuration& server,
                           const server_realm& here)
{
    const realm& owner = *here.owner;
    const bool written = !owner.urls[index_of(page_kind::login)].empty();
    if (!here.needs_login || written ||
        !locations_of(all, server, owner, page_kind::login).empty()) {
        return;
    }
    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "auth: nobody can log in to realm \"%V\" in a server that "
                  "needs it: add \"location = /login { auth_page %V login; }\" "
                  "or \"include auth_gate.conf;\" to the server, or say where "
                  "the page is by \"login_url\" in the realm; \"auth_login\" "
                  "is in %V:%ui",
                  &owner.name, &owner.name, &here.needs_login->file,
                  here.needs_login->line);
}

void complete_challenges(ngx_conf_t* cf, server_realm& here)
{
    const realm& owner = *here.owner;
    for (const bool secure : {false, true}) {
        here.challenge[secure ? 1 : 0] = copy(
            cf->pool,
            "Cookie realm=" + in_quotes(view(owner.name)) + " form-action=" +
                in_quotes(view(here.url(page_kind::login))) + " cookie-name=" +
                in_quotes(owner.full_cookie_name(own_cookie::session, secure)));
    }
}

void add_cookie_names(server_configuration& server, const realm& owner)
{
    for (const std::string& name : owner.full_cookie_names[0]) {
        const std::vector<std::string_view>& all = server.own_cookies.all();
        const auto taken = std::find(all.begin(), all.end(), name);
        if (taken != all.end()) {
            // Each earlier realm has added as many names.
            const auto before = static_cast<std::size_t>(taken - all.begin()) /
                                std::size(own_cookie_endings);
            throw configuration_error(
                "auth realms " +
                    in_quotes(view(server.realms[before]->owner->name)) +
                    " and " + in_quotes(view(owner.name)) +
                    " both use the cookie " + in_quotes(name) +
                    " in one server, give one of them another "
                    "\"cookie_name\"",
                owner.position_of_directive("cookie_name"));
        }
        server.own_cookies.add(name);
    }
}

void complete_server(ngx_conf_t* cf, const main_configuration& all,
                     server_configuration& server)
{
    for (server_realm* here : server.realms) {
        const realm& owner = *here->owner;
        complete_urls(cf, all, server, *here);
        exclude_pages(cf, all, server, *here);
        prepare_pages(all, server, *here);
        complete_challenges(cf, *here);
        warn_of_missing_login(cf, all, server, *here);
        add_cookie_names(server, owner);
        for (const identity_header* header :
             {&owner.user_header, &owner.roles_header}) {
            if (header->on()) {
                server.identity_headers.add(header->folded);
            }
        }
    }
}

/// Realms without a `thread_pool` share a pool for their stores.
void give_store_threads(ngx_conf_t* cf, const main_configuration& all)
{
    ngx_thread_pool_t* shared = nullptr;
    for (realm* asking : all.realms) {
        if (asking->threads == nullptr && shared == nullptr) {
            shared =
                declare_thread_pool(cf, "auth store", scheduler::store_threads);
        }
        if (asking->threads == nullptr) {
            asking->threads = shared;
        }
    }
}

/// password_concurrency holds for the whole nginx, whichever realm has it.
void add_services(ngx_conf_t* cf, main_configuration& all)
{
    const realm* decisive = nullptr;
    for (const realm* asking : all.realms) {
        if (asking->concurrency == 0) {
            continue;
        }
        if (decisive != nullptr &&
            (decisive->concurrency != asking->concurrency ||
             decisive->queue != asking->queue)) {
            throw configuration_error(
                "\"password_concurrency\" of auth realm " +
                    in_quotes(view(asking->name)) + " differs from that of " +
                    in_quotes(view(decisive->name)) +
                    ", it counts for the whole nginx: write it in one realm",
                asking->position_of_directive("password_concurrency"));
        }
        decisive = asking;
    }
    const ngx_uint_t processors =
        ngx_ncpu > 0 ? static_cast<ngx_uint_t>(ngx_ncpu) : 1;
    all.services = pool_new<worker_services>(
        cf->pool, decisive != nullptr ? decisive->concurrency : processors,
        decisive != nullptr ? decisive->queue : 64);
    all.services->operations.declare(cf);
    give_store_threads(cf, all);
}

void find_variables(ngx_conf_t* cf, main_configuration& all)
{
    for (const std::string_view name :
         {"remote_user", "auth_user", "auth_user_id", "auth_roles",
          "auth_session"}) {
        ngx_str_t copied = copy(cf->pool, name);
        const ngx_int_t index = ngx_http_get_variable_index(cf, &copied);
        if (index == NGX_ERROR) {
            throw std::bad_alloc();
        }
        all.user_variables.push_back(index);
    }
    if (const ngx_module_t* basic =
            find_module(cf->cycle, "ngx_http_auth_basic_module")) {
        all.auth_basic_index = basic->ctx_index;
    }
}

} // namespace

ngx_int_t complete_configuration(ngx_conf_t* cf) noexcept
{
    char* result = reporting_mistakes(cf, [&] {
        main_configuration& all = main_conf_of(cf);
        auto* core = static_cast<ngx_http_core_main_conf_t*>(
            ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
        auto** servers =
            static_cast<ngx_http_core_srv_conf_t**>(core->servers.elts);
        for (ngx_uint_t i = 0; i < core->servers.nelts; ++i) {
            auto* server = static_cast<server_configuration*>(
                servers[i]->ctx->srv_conf[ngx_http_auth_module.ctx_index]);
            complete_server(cf, all, *server);
            if (!server->realms.empty()) {
                cleanse_plaintext(cf->cycle, *servers[i]);
            }
        }
        // Not earlier, or locations nested in them would inherit it.
        for (ngx_http_core_loc_conf_t* core : all.page_locations) {
            keep_bodies_in_memory(*core);
        }
        if (!all.realms.empty()) {
            add_services(cf, all);
            find_variables(cf, all);
            check_unless_variables(cf, all);
            warn_of_listeners(cf, *core);
        }
    });
    return result == NGX_CONF_OK ? NGX_OK : NGX_ERROR;
}

} // namespace auth
