#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"
#include "nginx/threads/scheduler.h"

#include "session/session_token.h"

#include <array>
#include <cstdint>
#include <list>

namespace auth {

/// Looks up sessions that the zone does not know in the store, in threads,
/// while the requests that show them wait. What is found is adopted into the
/// zone. Questions of a worker for the same session are one.
///
/// There is one for each cycle. It is used in the event loop only.
class session_lookups
{
public:
    enum class answer {
        settled,    ///< ask the zone now: it knows the session, or nobody does
        unavailable ///< the store does not say, or too many wait
    };

    /// A request that waits for an answer.
    class waiter
    {
    public:
        /// Called once for each question, perhaps inside of ask().
        virtual void told(answer what) noexcept = 0;

    protected:
        ~waiter() = default;
    };

    explicit session_lookups(scheduler& by) noexcept;
    session_lookups(const session_lookups&) = delete;
    session_lookups& operator=(const session_lookups&) = delete;
    ~session_lookups();

    /// Asks for a session, for a client with this address prefix. The waiter
    /// must live until it is told, or leaves. Throws std::bad_alloc.
    void ask(realm& where, const session_digest& digest, bool secure,
             std::uint64_t prefix, waiter& who);

    /// The waiter is told nothing any more.
    void leave(const waiter& who) noexcept;

    /// Whether a look-up has lately found that there is no session.
    bool is_known_absent(const session_digest& digest) const noexcept;
    /// The same, and the store has no record of it, which could be ended.
    bool is_known_missing(const session_digest& digest) const noexcept;
    static constexpr std::size_t absences_kept = 1024;

private:
    class lookup;

    void over(lookup& current, answer what) noexcept;
    void note_absent(const session_digest& digest, bool is_stored) noexcept;

    struct absence {
        session_digest digest;
        bool is_stored;
        ngx_msec_t until;
    };
    scheduler& scheduler_;
    std::list<lookup> under_way_;
    std::array<absence, absences_kept> absent_{}; ///< by a part of the digest
};

} // namespace auth
