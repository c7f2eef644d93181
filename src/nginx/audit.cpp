#include "nginx/audit.h"

#include "nginx/log.h"

#include "account/username.h"
#include "base/quote.h"

namespace auth {

namespace {

ngx_uint_t level_of(audit_kind kind) noexcept
{
    switch (kind) {
    case audit_kind::store_error:
    case audit_kind::no_session:
        return NGX_LOG_ERR;
    case audit_kind::form_refused:
    case audit_kind::form_by_http:
        return NGX_LOG_WARN;
    default:
        return NGX_LOG_NOTICE;
    }
}

std::string sessions(std::uint32_t count)
{
    if (count == 0) {
        return "their sessions"; // how many is not known
    }
    return std::to_string(count) + (count == 1 ? " session" : " sessions");
}

/// For the error log.
std::string in_words(const audit_event& what)
{
    const std::string who =
        "user " + (what.typed ? unknown_name_for_log(what.user)
                              : quoted_for_log(what.user));
    std::string why(what.reason);
    switch (what.kind) {
    case audit_kind::registered:
        return who + " registered";
    case audit_kind::logged_in:
        return who + " logged in";
    case audit_kind::login_failed:
        return who + " failed to log in, " + why;
    case audit_kind::throttled:
        return who + " was refused, " + why +
               "; the next attempt is admitted in " +
               std::to_string(what.retry_after_s) + " s";
    case audit_kind::no_session:
        return who + " got no session: " + why;
    case audit_kind::logged_out:
        return who + " logged out";
    case audit_kind::session_ended:
        return who + " lost " + sessions(what.count) + ", " + why;
    case audit_kind::password_changed:
        return who + " changed the password";
    case audit_kind::rehashed:
        return who + " got a new hash of the same password";
    case audit_kind::store_error:
        return why;
    case audit_kind::form_refused:
        return "form refused, it was sent from another site; " + why +
               "; if that site is yours, add its address to the \"origin\" "
               "directive";
    case audit_kind::form_by_http:
        return "form refused, its page was opened by http, where browsers do "
               "not keep this site's Secure cookies; " +
               why + "; the site needs https";
    }
    return why;
}

} // namespace

void audit_file::append(std::string_view line, ngx_log_t* log)
{
    std::string text(torn_ ? "\n" : "");
    text.append(line);
    const ssize_t written = ngx_write_fd(file_->fd, text.data(), text.size());
    if (written == static_cast<ssize_t>(text.size())) {
        torn_ = false;
        return;
    }
    complain(written == -1 ? ngx_errno : NGX_ENOSPC, log);
    torn_ = torn_ || written > 0;
}

void audit_file::complain(ngx_err_t error, ngx_log_t* log) noexcept
{
    const std::time_t now = ngx_time();
    if (complained_ == 0 || now - complained_ >= 60) {
        complained_ = now;
        ngx_log_error(NGX_LOG_ALERT, log, error,
                      "auth: cannot write the audit log \"%V\"", &file_->name);
    }
}

void audit(audit_source from, const realm& owner, audit_event what) noexcept
{
    guarded(from.log, false, [&] {
        const ngx_uint_t level = level_of(what.kind);
        if (from.log->log_level >= level) {
            log_line(from.log, level, owner, in_words(what));
        }
        if (owner.audit_log != nullptr) {
            what.address = from.address;
            if (what.typed && !could_be_registered(what.user)) {
                what.user_length = static_cast<std::uint32_t>(what.user.size());
                what.user = {};
            }
            const ngx_time_t* now = ngx_timeofday();
            owner.audit_log->append(
                audit_line(view(owner.name), what,
                           {now->sec, static_cast<unsigned>(now->msec)}),
                from.log);
        }
        return true;
    });
}

void audit_store(audit_source from, const realm& owner, const audit_event& what,
                 bool failed) noexcept
{
    if (what.reason.empty()) {
        return;
    }
    if (failed) {
        audit(from, owner, what);
    } else {
        log_line(from.log, NGX_LOG_ERR, owner, what.reason);
    }
}

} // namespace auth
