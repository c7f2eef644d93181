#pragma once

#include "nginx/shared/shared_zone.h"

#include "session/session_table.h"
#include "session/store_sync.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace auth {

class realm;

/// The zone `auth_NAME`, which has a realm's sessions, or with `session_store
/// on` those of them that are in use. All workers share it, and it survives a
/// reload. Every function holds the zone's lock while it runs.
///
/// Its time is steady_milliseconds(), moved so far that a session from before
/// the machine started has a time, too.
class session_zone
{
public:
    /// Runs before the zone is mapped or taken over, at each start and reload,
    /// in the master. This is the first moment at which the workers' user is
    /// known, and the last at which nginx can go back to the old configuration.
    /// It goes back on false.
    using preparation = bool (*)(ngx_cycle_t* cycle, realm& owner) noexcept;

    /// Declares the zone of a realm; nginx maps it later.
    static session_zone* add(ngx_conf_t* cf, realm& owner, preparation first);

    /// See session_table. find() knows no session while the zone is stale: the
    /// store has told nothing for `session_stale`.
    bool find(const session_digest& digest, bool secure,
              session_identity& who) noexcept;
    bool is_stale() noexcept;
    std::uint64_t endings() noexcept;
    bool has_ended_since(std::uint64_t endings,
                         const session_digest& digest) noexcept;
    session_insert adopt(const session_found& found,
                         const session_identity& who) noexcept;
    /// If there is no room, the log says so.
    void keep_ended(const session_digest& digest, ngx_log_t* log) noexcept;
    bool is_kept_ended(const session_digest& digest) noexcept;
    void forget_ended(const session_digest& digest) noexcept;
    session_insert insert(const session_digest& digest,
                          const session_identity& who, bool secure) noexcept;
    bool remove(const session_digest& digest,
                session_identity* who = nullptr) noexcept;
    /// Of copy_due(), up to `most_due`. Throws std::bad_alloc.
    std::vector<session_digest> take_due(std::string_view user_id);
    static constexpr std::size_t most_due = 100;
    /// See session_table.
    void forget_check(std::string_view user_id,
                      const std::vector<session_digest>& sessions) noexcept;
    session_update update_user(const session_identity& seen,
                               const session_identity& now) noexcept;
    std::uint32_t remove_user(std::string_view user_id) noexcept;
    std::uint32_t raise_epoch(std::string_view user_id,
                              std::int64_t epoch) noexcept;

    /// The key of the realm's tokens: the realm's own, else that of the zone.
    token_key key() noexcept;
    /// Whether this realm has made a token, and in which hour.
    token_verdict verify(std::string_view token, token_hour& hour) noexcept;

    // For session_sync, which compares the zone with the store.

    /// What the worker that compares has to tell the store.
    struct sync_news {
        std::uint64_t began; ///< in the zone's time
        std::vector<session_digest> ended;
        std::vector<session_table::use> uses;
        bool are_all_uses; ///< there are no others
    };

    /// Whether this worker is the one that compares: it takes or keeps a lease,
    /// which lapses soon after its death.
    bool lead() noexcept;
    /// See store_sync. Where this nginx was cut off for long, all sessions are
    /// forgotten, and each is looked up anew.
    store_sync::reading begin_sync() noexcept;
    void end_sync(const store_sync::reading& ended,
                  std::int64_t store_time) noexcept;
    void fail_sync() noexcept;
    /// Throws std::bad_alloc.
    sync_news news();
    /// The store knows these uses. Until then news() has them again.
    void note_told(const sync_news& news) noexcept;

    /// How full it is, and with `session_store on` how far it is in step with
    /// the store.
    struct condition {
        std::uint32_t sessions, capacity;
        std::uint64_t unread_ms; ///< since the store was last read
        std::uint64_t stale_ms;  ///< for how long find() knows no session
        std::uint32_t untold;    ///< endings that the store does not know
    };
    condition now() noexcept;

private:
    session_zone(realm& owner, ngx_cycle_t* cycle, preparation first) noexcept
        : realm_(&owner), cycle_(cycle), first_(first)
    {}
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static ngx_int_t initialize(ngx_shm_zone_t* zone, void* data) noexcept;
    bool format(ngx_shm_zone_t* zone) noexcept;
    /// zone_time(), read once in each millisecond of nginx: a request is not
    /// worth a call.
    std::uint64_t loop_time() noexcept;
    bool is_stale_at(std::uint64_t now_ms) const noexcept;
    void forget_sessions() noexcept;

    /// The table, which is repaired first if a worker was killed while it
    /// wrote.
    session_table& repaired() noexcept;

    struct contents;
    void use(contents* beginning) noexcept;

    realm* realm_;
    ngx_cycle_t* cycle_;
    preparation first_;
    ngx_slab_pool_t* slab_ = nullptr;
    void* memory_ = nullptr;
    contents* contents_ = nullptr; ///< in the zone
    std::optional<session_table> table_;
    ngx_msec_t loop_ms_ = 0;
    std::uint64_t loop_time_ = 0;
};

} // namespace auth
