#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_token.h"

#include <cstddef>
#include <list>
#include <vector>

namespace auth {

class scheduler;
class session_lookups;

/// A request that a session has let in, in the list of a worker. The request's
/// context has it.
struct open_request {
    ngx_queue_t link{}; ///< without a next one it is in no list
    ngx_http_request_t* request = nullptr;
    realm* owner = nullptr;
    const session_digest* session = nullptr; ///< in the request's pool
    ngx_msec_t seen = 0; ///< when the session was last looked at
    bool ended = false;  ///< the session has

    bool is_listed() const noexcept { return link.next != nullptr; }
};

/// The requests of a worker that sessions have let in. A request uses its
/// session until it ends: while it is open, the session does not idle out. If
/// the session ends, and the realm has `session_streams on`, upgraded
/// connections and answers without Content-Length are closed. A request whose
/// answer has a length, or has not begun, goes on.
///
/// A request that ends soon costs a place in a list only. A timer looks at
/// those that last.
///
/// There is one for each cycle. It is used in the event loop only.
class open_requests
{
public:
    open_requests(scheduler& by, session_lookups& lookups) noexcept;
    open_requests(const open_requests&) = delete;
    open_requests& operator=(const open_requests&) = delete;
    ~open_requests();

    /// Adds a main request, which may be in the list for another session. The
    /// digest must live as long as the request's pool, and the request calls
    /// remove() when that is destroyed.
    void add(open_request& added, ngx_http_request_t* r, realm& owner,
             const session_digest& session) noexcept
    {
        remove(added);
        added.request = r;
        added.owner = &owner;
        added.session = &session;
        added.ended = false;
        list(added);
    }
    static void remove(open_request& listed) noexcept
    {
        if (listed.is_listed()) {
            ngx_queue_remove(&listed.link);
            listed.link.next = nullptr;
        }
    }

    /// Begins to look, in a worker.
    void start(ngx_cycle_t* cycle, const std::vector<realm*>& realms) noexcept;
    void stop() noexcept;

private:
    class question;
    enum class state { lives, ended, unsaid };

    /// The list is in the order of `seen`.
    void list(open_request& added) noexcept
    {
        added.seen = ngx_current_msec;
        ngx_queue_insert_tail(&list_, &added.link);
    }
    static void on_timer(ngx_event_t* event) noexcept;
    bool look() noexcept;
    void look_at(open_request& next) noexcept;
    state ask_zone(const open_request& entry) noexcept;
    void ask_store(open_request& entry);
    void settle_questions() noexcept;
    static void settle(open_request& entry, state now) noexcept;
    void wake() noexcept;

    scheduler& scheduler_;
    session_lookups& lookups_;
    ngx_queue_t list_{};
    std::list<question> questions_; ///< that the store has to answer
    ngx_msec_t interval_;           ///< between two looks at a request
    ngx_event_t timer_{};
};

} // namespace auth
