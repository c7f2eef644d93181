#pragma once

// Events of accounts, in nginx's error log and in a realm's `audit_log`.
// In the event loop only.

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "audit/audit_event.h"

#include <ctime>
#include <string_view>

namespace auth {

/// A file of JSON lines, one for all realms that name it. nginx opens it, and
/// reopens it on USR1, as its own logs.
class audit_file
{
public:
    explicit audit_file(const ngx_open_file_t* file) noexcept : file_(file) {}

    const ngx_open_file_t* file() const noexcept { return file_; }

    /// Appends a line by one write, so that those of several workers do not
    /// mix. When that fails `log` says so, at most once a minute.
    void append(std::string_view line, ngx_log_t* log);

private:
    void complain(ngx_err_t error, ngx_log_t* log) noexcept;

    const ngx_open_file_t* file_;
    std::time_t complained_ = 0;
    bool torn_ = false; ///< the last line is not there whole
};

/// What an event comes from: a request, or something that no request does. So
/// that either can stand in a call, its constructors are not explicit.
struct audit_source {
    audit_source(const ngx_http_request_t* r) noexcept
        : log(r->connection->log), address(view(r->connection->addr_text))
    {}
    audit_source(ngx_log_t* of) noexcept : log(of) {}

    ngx_log_t* log;
    std::string_view address; ///< of the client
};

/// Writes an event down: one line in the error log, in words, and one in the
/// realm's audit log if it has one. Sets its address.
void audit(audit_source from, const realm& of, audit_event what) noexcept;

/// What the store has said, if anything, as the reason of `what`: an event if
/// it `failed`, otherwise a line in the error log alone.
void audit_store(audit_source from, const realm& of, const audit_event& what,
                 bool failed) noexcept;

} // namespace auth
