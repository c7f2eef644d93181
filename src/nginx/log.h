#pragma once

// Lines of ours in nginx's error log: all begin with "auth:", hold no
// password, token or hash, and no byte that could break the line.

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "web/request_origin.h"

#include <string_view>

namespace auth {

/// `auth: realm "NAME": <text>`; control characters in `text` are escaped.
void log_line(ngx_log_t* log, ngx_uint_t level, const realm& of,
              std::string_view text) noexcept;

/// `auth: realm "NAME": user "USER" <event>`.
void log_event(ngx_http_request_t* r, ngx_uint_t level, const realm& of,
               std::string_view user, std::string_view event);

/// The same as log_line(), but once the request has been answered: whether
/// there was something to log does not show in how long the answer took.
void log_after_answer(ngx_http_request_t* r, ngx_uint_t level, const realm& of,
                      std::string_view text);

/// Says why a form was refused and which directive would accept it.
void log_refused_origin(ngx_http_request_t* r, const realm& of,
                        const origin_evidence& evidence);

} // namespace auth
