// The table as its callers see it: geometry, look-up, and the changes that they
// ask for. session_table_records.cpp has what a change does to records.

#include "session/session_table_layout.h"

#include <algorithm>

namespace auth {

using namespace session_layout;

namespace {

// Each note of a use writes to shared memory. Once a second is enough.
constexpr std::uint64_t touch_interval_ms = 1000;

std::uint64_t bucket_count(std::uint64_t capacity)
{
    std::uint64_t buckets = 1;
    while (buckets < capacity) {
        buckets *= 2;
    }
    return buckets;
}

std::uint64_t bytes_for(std::uint64_t capacity)
{
    // There is one user more, for a change of a user's name in a full table.
    // A pair of indexes is a multiple of 8 bytes, as are the records.
    return sizeof(header) + 2 * sizeof(index) * bucket_count(capacity) +
           capacity * sizeof(session_record) +
           (capacity + 1) * sizeof(user_record) +
           ended_capacity(static_cast<std::uint32_t>(capacity)) *
               sizeof(ended_record);
}

} // namespace

std::uint32_t session_table::capacity_for(std::size_t size) noexcept
{
    // bytes_for() grows with the capacity: look for the last that fits.
    std::uint64_t fits = 0;
    std::uint64_t too_many = std::min<std::uint64_t>(
        size / (bytes_per_session + bytes_per_user) + 1, UINT32_C(1) << 31);
    while (too_many - fits > 1) {
        const std::uint64_t middle = fits + (too_many - fits) / 2;
        (bytes_for(middle) <= size ? fits : too_many) = middle;
    }
    return static_cast<std::uint32_t>(fits);
}

session_table::session_table(session_layout::header& header) noexcept
    : header_(&header), session_buckets_(session_buckets_of(header)),
      user_buckets_(user_buckets_of(header)), ended_(ended_records_of(header)),
      sessions_(session_records_of(header)), users_(user_records_of(header)),
      capacity_(header.capacity), bucket_mask_(header.buckets - 1)
{}

session_table session_table::format(void* memory, std::size_t size) noexcept
{
    auto* const header = static_cast<session_layout::header*>(memory);
    *header = {};
    header->capacity = capacity_for(size);
    header->buckets =
        static_cast<std::uint32_t>(bucket_count(header->capacity));
    header->magic = table_magic;
    return attach(memory);
}

session_table session_table::attach(void* memory) noexcept
{
    return session_table(*static_cast<session_layout::header*>(memory));
}

bool session_table::recover_if_needed() noexcept
{
    if (header_->mutating == 0) {
        return false;
    }
    rebuild();
    return true;
}

std::uint32_t session_table::capacity() const noexcept
{
    return capacity_;
}

std::uint32_t session_table::live_sessions() const noexcept
{
    return header_->live_sessions;
}

std::uint32_t session_table::ended_count() const noexcept
{
    return header_->ended;
}

token_key session_table::key() const noexcept
{
    return header_->key;
}

void session_table::set_key(const token_key& key) noexcept
{
    header_->key = key;
}

session_insert session_table::insert(const session_digest& digest,
                                     const session_identity& who, bool secure,
                                     const session_limits& limits,
                                     std::uint64_t now_ms) noexcept
{
    return add({digest, secure, 0, endings()}, who, limits, now_ms);
}

session_insert session_table::adopt(const session_found& found,
                                    const session_identity& who,
                                    const session_limits& limits,
                                    std::uint64_t now_ms) noexcept
{
    if (has_ended_since(found.endings, found.digest) ||
        has_ended_since(found.endings, who.user_id())) {
        return session_insert::ended_meanwhile;
    }
    return locate(found.digest) != 0 ? session_insert::done
                                     : add(found, who, limits, now_ms);
}

session_insert session_table::add(const session_found& session,
                                  const session_identity& who,
                                  const session_limits& limits,
                                  std::uint64_t now_ms) noexcept
{
    if (!fits(who)) {
        return session_insert::identity_too_long;
    }
    if (const index known = locate_user(who.user_id());
        known != 0 && who.epoch < user_at(known).epoch) {
        return session_insert::stale_epoch;
    }
    if (locate(session.digest) != 0) {
        return session_insert::full;
    }

    const mutation mark(*header_);
    drop_damaged(now_ms);

    // Two go for each that comes, so that expired sessions become fewer and
    // nobody has to sweep them up.
    purge_one(limits, now_ms);
    purge_one(limits, now_ms);

    if (const index known = locate_user(who.user_id()); known != 0) {
        if (user_at(known).epoch != who.epoch) {
            end_lower_epochs(known, who.epoch);
        } else if (user_at(known).password != who.password) {
            end_sessions_of(known);
        } else if (!limits.is_cache) {
            make_room_for_user(known, limits, now_ms);
        }
    }

    const index i = take_or_free_session(limits, now_ms);
    if (i == 0) {
        return session_insert::full;
    }

    // Not before the purge, which may have ended the user's last session.
    index user = locate_user(who.user_id());
    user = user == 0 ? make_user(who) : replace_user(user, who);
    user_at(user).checked = now_ms;
    make_session(i, session, user, who.remembered, now_ms);
    return session_insert::done;
}

bool session_table::find(const session_digest& digest, bool secure,
                         const session_limits& limits, std::uint64_t now_ms,
                         session_identity& out) noexcept
{
    const index i = locate(digest);
    if (i == 0) {
        return false;
    }
    session_record& session = session_at(i);

    if (expired(session, limits, now_ms)) {
        const mutation mark(*header_);
        end_session(i);
        return false;
    }
    if (session.secure != (secure ? 1u : 0u)) {
        return false;
    }

    user_record& user = user_at(session.user);
    load_identity(out, user.identity);
    out.password = user.password;
    out.epoch = user.epoch;
    out.remembered = session.remembered != 0;
    out.check_due =
        limits.check_ms != 0 &&
        (elapsed(user.checked, now_ms) >= limits.check_ms ||
         (limits.is_cache && is_check_due(session, limits, now_ms)));
    if (out.check_due) {
        // Aligned stores, which need no mark.
        user.checked = now_ms;
        session.checked = low_bits(now_ms);
    }

    // A short idle time must not run out between two notes.
    const std::uint64_t interval =
        std::min(touch_interval_ms, limits.idle_ms / 4);
    if (elapsed(session.last_seen, now_ms) >= interval) {
        const mutation mark(*header_);
        touch(i, now_ms);
    }
    return true;
}

bool session_table::remove(const session_digest& digest,
                           session_identity* who) noexcept
{
    note_ending(hash_of(digest));
    const index i = locate(digest);
    if (i == 0) {
        return false;
    }
    if (who != nullptr) {
        load_identity(*who, user_at(session_at(i).user).identity);
    }
    const mutation mark(*header_);
    end_session(i);
    return true;
}

std::uint32_t session_table::remove_user(std::string_view user_id) noexcept
{
    note_ending(keyed_hash(user_id));
    const index user = locate_user(user_id);
    if (user == 0) {
        return 0;
    }
    const mutation mark(*header_);
    const std::uint32_t before = header_->live_sessions;
    end_sessions_of(user);
    return before - header_->live_sessions;
}

std::uint32_t session_table::raise_epoch(std::string_view user_id,
                                         std::int64_t epoch) noexcept
{
    note_ending(keyed_hash(user_id));
    const index user = locate_user(user_id);
    if (user == 0 || user_at(user).epoch >= epoch) {
        return 0;
    }
    const mutation mark(*header_);
    const std::uint32_t before = header_->live_sessions;
    end_lower_epochs(user, epoch);
    return before - header_->live_sessions;
}

session_update session_table::update_user(const session_identity& seen,
                                          const session_identity& now) noexcept
{
    const index user = locate_user(now.user_id());
    if (user == 0 || !fits(now) || now.epoch < user_at(user).epoch) {
        return session_update::ignored;
    }
    if (now.epoch > user_at(user).epoch) {
        note_ending(keyed_hash(now.user_id()));
        const mutation mark(*header_);
        end_lower_epochs(user, now.epoch);
        return session_update::ended;
    }
    if (user_at(user).password != seen.password) {
        return session_update::ignored;
    }
    const mutation mark(*header_);
    if (now.password != seen.password) {
        note_ending(keyed_hash(now.user_id()));
        end_sessions_of(user);
        return session_update::ended;
    }
    replace_user(user, now);
    return session_update::done;
}

} // namespace auth
