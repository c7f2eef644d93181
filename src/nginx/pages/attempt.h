#pragma once

#include "nginx/configuration.h"
#include "nginx/request/response.h"

#include "throttle/attempt_table.h"

#include <string>
#include <string_view>

namespace auth {

/// The attempt to log in, or to register, that a form makes. It counts as
/// failed from its beginning, before any work is done for it, until a call
/// below says otherwise.
class attempt
{
public:
    explicit attempt(server_realm& here) noexcept : realm_(here) {}

    /// Asks for an attempt as this user, whose name may be typed in any
    /// spelling. Returns false, and logs it, if the attempt is over a limit.
    bool log_in(ngx_http_request_t* r, std::string_view username);
    /// Asks for a registration under that name in the same way.
    bool register_as(ngx_http_request_t* r, std::string_view username);

    /// Whether the attempt was over a limit, and the answer in this case.
    bool refused() const noexcept;
    response refusal(ngx_http_request_t* r) const;

    /// The password was right.
    void succeed() noexcept;
    /// The attempt did not take place: the store failed, there was no turn, or
    /// the client has left. Do not call it after a wrong password.
    void give_back() noexcept;

    /// After a right password: the Set-Cookie by which the module knows from
    /// now on that this browser has logged in as the user. Empty if attempts
    /// are not limited.
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
