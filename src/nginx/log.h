#pragma once

// Lines of ours in nginx's error log: all begin with "auth:", hold no
// password, token or hash, and no byte that could break the line.

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "web/request_origin.h"

#include <string_view>

namespace auth {

/// `auth: realm "NAME": <text>`; control characters in `text` are escaped.
void log_line(ngx_log_t* log, ngx_uint_t level, const realm& owner,
              std::string_view text) noexcept;

/// Logs why a form was refused and what would make it accepted, also in the
/// audit log.
void log_refused_origin(ngx_http_request_t* r, const realm& owner,
                        const origin_evidence& evidence, origin_verdict why);

} // namespace auth
