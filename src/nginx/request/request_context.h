#pragma once

#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/request/login_needed.h"
#include "nginx/threads/open_requests.h"

#include "session/session_table.h"

#include <optional>
#include <string_view>

namespace auth {

class form_deadline;
class posted_form;
class request_operation;
class session_wait;

/// How many cookies of one name are tried.
constexpr unsigned most_cookies = 4;

/// The session of a realm that a request has shown, as far as the zone knows.
/// It is looked up at most once, and never written again, because headers and
/// variables point into it.
struct request_session {
    request_session* next; ///< of another realm, or forgotten
    const server_realm* realm;
    bool live;
    bool contested; ///< sessions of two users were shown, so that none counts
    /// Tokens that the zone does not know, and the store may know
    /// (`session_store on`).
    unsigned missed;
    std::string_view missed_tokens[most_cookies];
    session_digest digest;
    session_identity who; ///< when live
};

/// A refused request: a login is needed, and the handler has returned 401 to
/// nginx. Under `satisfy any` another method may still let the request in, and
/// an error_page may lead it elsewhere.
struct refused_login {
    server_realm* by = nullptr;
    void** location = nullptr; ///< r->loc_conf of that moment
    invitation how = invitation::none;
};

/// What the module knows of a client's request, over all its internal redirects
/// and subrequests. It is made when there is something to know.
struct request_context {
    /// The Cookie headers as they came, before the module's cookies were cut
    /// out: each from its first cookie of the module on, joined by "; ".
    std::string_view cookies;

    request_session* sessions = nullptr;
    session_wait* waits = nullptr; ///< for look-ups in the store
    open_request open;             ///< if a session has let it in
    refused_login refused;
    bool asked = false; ///< an auth_login let it through: the answer is private
    const realm* answered_for = nullptr; ///< whose answer this is, if it is not
                                         ///< that of a location with a page
    posted_form* form = nullptr;
    const location_configuration* form_location = nullptr; ///< it was sent to
    form_deadline* deadline = nullptr; ///< while its body is read
    off_t form_size = 0;               ///< of that body, so far
    request_operation* operation = nullptr;
};

/// Calls `visit(header, value)` for each identity header.
template <class Visit>
void for_each_identity_header(const realm& owner, const session_identity& who,
                              Visit&& visit)
{
    if (owner.user_header.on() && who.name_size != 0) {
        visit(owner.user_header, who.name());
    }
    if (owner.roles_header.on() && who.roles_size != 0) {
        visit(owner.roles_header, who.roles());
    }
}

/// The context of a request's main request, or null.
request_context* find_context(ngx_http_request_t* r) noexcept;

/// The same, made if it is not there. Throws std::bad_alloc.
request_context& context_of(ngx_http_request_t* r);

/// The live session of `here` that this request shows, or null. Looking counts
/// as using the session.
const request_session* session_of(ngx_http_request_t* r,
                                  const server_realm& here);

/// What the zone knows of the sessions of `here` that this request shows, or
/// null if it shows none.
const request_session* looked_up(ngx_http_request_t* r,
                                 const server_realm& here);

/// Whether the request shows live sessions of two users, and so is nobody's.
bool is_contested(ngx_http_request_t* r, const server_realm& here);

/// request_context::cookies; empty where there is no context.
std::string_view cookies_shown(ngx_http_request_t* r) noexcept;

/// The values of one of the module's cookies in this request.
cookie_values cookies_of(ngx_http_request_t* r, const server_realm& here,
                         own_cookie which) noexcept;

/// Goes through the live sessions that a request shows: those of the first
/// cookies that could be a token, `most_cookies` of them.
class shown_sessions
{
public:
    shown_sessions(ngx_http_request_t* r, const server_realm& here,
                   std::string_view cookies) noexcept
        : request_(r), realm_(here),
          secure_(here.owner->secure_for(r->connection)),
          tokens_(cookies,
                  here.owner->full_cookie_name(own_cookie::session, secure_))
    {}
    shown_sessions(ngx_http_request_t* r, const server_realm& here) noexcept
        : shown_sessions(r, here, cookies_shown(r))
    {}

    /// Asks the zone for the next live session. Returns false if none is left.
    /// Looking counts as using the session.
    bool next(session_digest& digest, session_identity& who) noexcept;

    /// The tokens on the way that the zone did not know.
    unsigned missed() const noexcept { return missed_; }
    std::string_view missed_token(unsigned i) const noexcept
    {
        return missed_tokens_[i];
    }

private:
    ngx_http_request_t* request_;
    const server_realm& realm_;
    bool secure_; ///< the kind of cookie that counts
    cookie_values tokens_;
    unsigned tried_ = 0;
    unsigned missed_ = 0;
    std::string_view missed_tokens_[most_cookies];
};

/// Makes session_of() look anew, because a session has been made or ended.
void forget_session(ngx_http_request_t* r) noexcept;

} // namespace auth
