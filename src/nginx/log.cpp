#include "nginx/log.h"

#include "account/quote.h"

namespace auth {

namespace {

struct late_line {
    ngx_log_t* log;
    ngx_uint_t level;
    const realm* of;
    std::string text;
};

} // namespace

void log_line(ngx_log_t* log, ngx_uint_t level, const realm& of,
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
        ngx_log_error(level, log, 0, "auth: realm \"%V\": %*s", &of.name,
                      clean.size(), clean.data());
        return true;
    });
}

void log_event(ngx_http_request_t* r, ngx_uint_t level, const realm& of,
               std::string_view user, std::string_view event)
{
    log_line(r->connection->log, level, of,
             "user " + quote(user) + " " + std::string(event));
}

void log_after_answer(ngx_http_request_t* r, ngx_uint_t level, const realm& of,
                      std::string_view text)
{
    auto* line = pool_new<late_line>(
        r->pool, late_line{r->connection->log, level, &of, std::string(text)});
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    cleanup->data = line;
    cleanup->handler = [](void* data) noexcept {
        const auto* late = static_cast<late_line*>(data);
        log_line(late->log, late->level, *late->of, late->text);
    };
}

void log_refused_origin(ngx_http_request_t* r, const realm& of,
                        const origin_evidence& evidence)
{
    std::string text = "form refused, it was sent from another site";
    const auto say = [&](const char* name,
                         const std::optional<std::string_view>& value) {
        if (value) {
            text.append("; ").append(name).append(": ").append(quote(*value));
        }
    };
    say("Sec-Fetch-Site", evidence.sec_fetch_site);
    say("Origin", evidence.origin);
    say("Referer", evidence.referer);
    text.append("; Host: ").append(quote(evidence.host));
    text.append("; if that site is yours, add its address to the \"origin\" "
                "directive");
    log_line(r->connection->log, NGX_LOG_WARN, of, text);
}

} // namespace auth
