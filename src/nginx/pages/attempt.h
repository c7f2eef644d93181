#pragma once

#include "nginx/configuration.h"
#include "nginx/request/response.h"

#include "throttle/attempt_table.h"

#include <string>
#include <string_view>

namespace auth {

/// The attempt to log in, or to register, that a form makes. It counts as
/// failed from its beginning, before any work is done for it, unless it is
/// told otherwise.
class attempt
{
public:
    explicit attempt(server_realm& of) noexcept : realm_(of) {}

    /// Asks for an attempt as this user, typed in any spelling; false if
    /// it is one too many. The log says so.
    bool log_in(ngx_http_request_t* r, std::string_view username);
    /// The same for a registration under that name.
    bool register_as(ngx_http_request_t* r, std::string_view username);

    /// Whether it was one too many, and the answer then.
    bool refused() const noexcept;
    answer refusal(ngx_http_request_t* r) const;

    /// The password was right.
    void succeed() noexcept;
    /// It never was: for want of the store, of a turn or of the client. Not
    /// for one whose password was wrong.
    void give_back() noexcept;

    /// For a right password: Set-Cookie by which this browser is known from now
    /// on to have logged in as the user. Empty where attempts are not limited.
    wiped_string device_cookie(ngx_http_request_t* r) const;

private:
    bool settle(ngx_http_request_t* r, std::string_view username,
                const attempt_verdict& verdict);

    server_realm& realm_;
    std::string username_; ///< as typed
    attempt_verdict verdict_{};
    bool counted_ = false; ///< reserved and not settled
};

} // namespace auth
