#pragma once

#include "nginx/shared/shared_zone.h"

#include "session/session_table.h"

#include <optional>
#include <string_view>

namespace auth {

class realm;

/// The zone `auth_NAME`, which has a realm's sessions. All workers share it,
/// and it survives a reload. Every function holds the zone's lock while it
/// runs.
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

    /// See session_table. A time is nginx's own monotonic one.
    bool find(const session_digest& digest, bool secure,
              session_identity& who) noexcept;
    session_insert insert(const session_digest& digest,
                          const session_identity& who, bool secure) noexcept;
    bool remove(const session_digest& digest) noexcept;
    session_update update_user(const session_identity& seen,
                               const session_identity& now) noexcept;
    std::uint32_t remove_user(std::string_view user_id) noexcept;
    std::uint32_t raise_epoch(std::string_view user_id,
                              std::int64_t epoch) noexcept;

    /// The key of the realm's tokens: the realm's own, else that of the zone.
    token_key key() noexcept;

private:
    session_zone(realm& owner, ngx_cycle_t* cycle, preparation first) noexcept
        : realm_(&owner), cycle_(cycle), first_(first)
    {}
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static ngx_int_t initialize(ngx_shm_zone_t* zone, void* data) noexcept;
    bool format(ngx_shm_zone_t* zone) noexcept;

    /// The table, which is repaired first if a worker was killed while it
    /// wrote.
    session_table& repaired() noexcept;

    realm* realm_;
    ngx_cycle_t* cycle_;
    preparation first_;
    ngx_slab_pool_t* slab_ = nullptr;
    void* memory_ = nullptr;
    std::optional<session_table> table_;
};

} // namespace auth
