#pragma once

// Events of accounts, in nginx's error log and in a realm's `audit_log`.
// In the event loop only.

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "audit/audit_event.h"

#include <ctime>
#include <string_view>

namespace auth {

/// A file of JSON lines. All realms that name it share it. nginx opens it, and
/// reopens it on USR1, as it does with its own logs.
class audit_file
{
public:
    explicit audit_file(const ngx_open_file_t* file) noexcept : file_(file) {}

    const ngx_open_file_t* file() const noexcept { return file_; }

    /// Appends a line by one write, so that lines of several workers do not
    /// mix. If that fails, `log` says so, at most once a minute.
    void append(std::string_view line, ngx_log_t* log);

private:
    void complain(ngx_err_t error, ngx_log_t* log) noexcept;

    const ngx_open_file_t* file_;
    std::time_t complained_ = 0;
    bool torn_ = false; ///< the last line was not written whole
};

/// The cause of an event: a request, or work without a request. The
/// constructors are not explicit, so that a call can name either.
struct audit_source {
    audit_source(const ngx_http_request_t* r) noexcept
        : log(r->connection->log), address(view(r->connection->addr_text))
    {}
    audit_source(ngx_log_t* to) noexcept : log(to) {}

    ngx_log_t* log;
    std::string_view address; ///< of the client
};

/// Writes an event into the error log, in words, and into the realm's audit log
/// if it has one. Sets the event's address.
void audit(audit_source from, const realm& owner, audit_event what) noexcept;

/// Writes what the store has said, which is the reason of `what` and may be
/// empty. If the store has `failed`, that is an event, otherwise a line in the
/// error log only.
void audit_store(audit_source from, const realm& owner, const audit_event& what,
                 bool failed) noexcept;

} // namespace auth
