#include "nginx/pages/status_page.h"

#include "nginx/shared/session_zone.h"
#include "nginx/threads/worker_services.h"

#include "metrics/realm_figures.h"

namespace auth {

namespace {

realm_figures figures_of(scheduler& operations, const realm& owner)
{
    const session_zone::condition zone = owner.sessions->now();
    const fair_queue::load hashes = operations.hash_load();
    realm_figures figures{zone.sessions, zone.capacity, hashes.granted,
                          hashes.waiting, std::nullopt};
    if (owner.limits.is_cache) {
        figures.kept = realm_figures::kept_sessions{zone.unread_ms,
                                                    zone.stale_ms, zone.untold};
    }
    return figures;
}

} // namespace

response status_page(ngx_http_request_t* r, const realm& owner)
{
    response answer;
    if (!is_get(r)) {
        answer.status = NGX_HTTP_NOT_ALLOWED;
        answer.allow = "GET, HEAD";
        return answer;
    }
    answer.content_type = "text/plain; version=0.0.4"; // and the charset
    answer.body =
        prometheus_page(view(owner.name),
                        figures_of(main_conf_of(r).services->operations, owner),
                        *owner.counters);
    return answer;
}

} // namespace auth
