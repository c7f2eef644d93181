#include "nginx/log.h"

#include "nginx/audit.h"

#include "base/quote.h"

namespace auth {

void log_line(ngx_log_t* log, ngx_uint_t level, const realm& owner,
              std::string_view text) noexcept
{
    if (log->log_level < level) {
        return;
    }
    guarded(log, false, [&] {
        std::string clean(text);
        for (char& c : clean) {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                c = '?';
            }
        }
        ngx_log_error(level, log, 0, "auth: realm \"%V\": %*s", &owner.name,
                      clean.size(), clean.data());
        return true;
    });
}

void log_refused_origin(ngx_http_request_t* r, const realm& owner,
                        const origin_evidence& evidence, origin_verdict why)
{
    std::string text;
    const auto say = [&](const char* name,
                         const std::optional<std::string_view>& value) {
        if (value) {
            text.append(name)
                .append(": ")
                .append(quoted_for_log(*value))
                .append("; ");
        }
    };
    say("Sec-Fetch-Site", evidence.sec_fetch_site);
    say("Origin", evidence.origin);
    say("Referer", evidence.referer);
    text.append("Host: ").append(quoted_for_log(evidence.host));
    audit(r, owner,
          audit_event(why == origin_verdict::needs_https
                          ? audit_kind::form_by_http
                          : audit_kind::form_refused,
                      {}, text));
}

} // namespace auth
