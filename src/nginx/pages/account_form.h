#pragma once

#include "nginx/pages/posted_form.h"
#include "nginx/request/request_sessions.h"

#include "session/session_table.h"

namespace auth {

/// A form of the account page, which belongs to the user of a session.
class account_form : public posted_form
{
protected:
    explicit account_form(server_realm& here) : posted_form(here) {}

    /// The session of the request, whose user `who_` is from then on. Null if
    /// there is none.
    const request_session* take_session(ngx_http_request_t* r);

    /// Takes the token of the session in which the user goes on. Null with
    /// `session_store off`.
    std::unique_ptr<session_keeping> keep_session(ngx_http_request_t* r);

    /// The user as the session of the request knows the user now. Nothing if
    /// that session has been ended since take_session(). An operation has
    /// raised the user's epoch, so the sessions of the old one may be gone:
    /// another form of the user learned of it before.
    std::optional<session_identity> still_in_session(ngx_http_request_t* r);

    /// Goes on in the new session, as `who`, if the user is still in the old
    /// one; otherwise drops the new one. `kept` is what keep_session() made,
    /// after the operation.
    bool go_on(ngx_http_request_t* r, bool lives, const session_identity& who,
               const session_keeping* kept);

    /// The redirect after a form that has done its work: to the account page,
    /// with the cookie of a new session if there is one, else to the login
    /// page.
    response done(ngx_http_request_t* r, bool goes_on, flash message);

    /// The answer if there is no session.
    response no_session(ngx_http_request_t* r);

    /// The answer if the store does not have the user any more.
    response user_has_gone(ngx_http_request_t* r);

    /// The answer if the store has a later password or epoch of the user than
    /// the session.
    template <class Operation>
    response overtaken(ngx_http_request_t* r, const Operation& work)
    {
        end_outdated_sessions(r, realm_, who_, work);
        return log_in_first(r, realm_,
                            work.password_fingerprint() != who_.password
                                ? flash::password_overtaken
                                : flash::sessions_overtaken);
    }

    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    session_identity who_{}; ///< whose form it is, for what derives from this
    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    session_digest shown_{}; ///< the session of the request
    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    std::optional<new_session> session_; ///< in which the user goes on

private:
    std::uint64_t endings_ = 0; ///< when the form came
};

} // namespace auth
