// Rebuilds a session table after a process has died in the middle of a change.
//
// It believes only what a record says of itself: the state, which is written
// last when the record becomes live and first when it ends, and what was
// written before the state. It makes all links, lists and counters anew. A
// rebuild may be interrupted anywhere and started again, because it only
// takes records from live to free, and only moves sessions to a record of the
// same user.

#include "session/session_table_layout.h"

#include <algorithm>

namespace auth {

using namespace session_layout;

namespace {

bool is_zero(const session_digest& digest) noexcept
{
    return std::all_of(digest.begin(), digest.end(),
                       [](std::uint8_t byte) { return byte == 0; });
}

// Sorts a list that is linked by `Links`.next alone. It is a radix sort, which
// needs no memory. The times of live sessions differ in few bits, and a sort
// that compares a million records twenty times over would take seconds.
template <links session_record::*Links, std::uint64_t session_record::*Time>
index sort_by_time(session_record* records, index head) noexcept
{
    constexpr unsigned bits = 11;
    constexpr unsigned bins = 1u << bits;

    std::uint64_t first = UINT64_MAX;
    std::uint64_t last = 0;
    for (index i = head; i != 0; i = (records[i - 1].*Links).next) {
        first = std::min(first, records[i - 1].*Time);
        last = std::max(last, records[i - 1].*Time);
    }

    for (unsigned shift = 0;
         shift < 64 && head != 0 && (last - first) >> shift != 0;
         shift += bits) {
        list sorted[bins] = {};
        index next = 0;
        for (index i = head; i != 0; i = next) {
            session_record& record = records[i - 1];
            next = (record.*Links).next;
            list& bin = sorted[((record.*Time - first) >> shift) % bins];
            (bin.tail == 0 ? bin.head : (records[bin.tail - 1].*Links).next) =
                i;
            bin.tail = i;
        }
        index* link = &head;
        for (const list& bin : sorted) {
            if (bin.head != 0) {
                *link = bin.head;
                link = &(records[bin.tail - 1].*Links).next;
            }
        }
        *link = 0;
    }
    return head;
}

} // namespace

void session_table::rebuild() noexcept
{
    header_->mutating = 1; // it may have had another value
    barrier();
    header_->sessions_used = std::min(header_->sessions_used, capacity_);
    header_->users_used = std::min(header_->users_used, capacity_ + 1);
    index_sessions(index_users());
    barrier(); // first sessions move, then the record they left is dropped
    order_sessions();
    drop_users_without_sessions();
    count_ended();
    barrier();
    header_->mutating = 0;
}

// Returns whether each user has one record. A user has two records if the
// process died while it moved the user's sessions to the new one.
bool session_table::index_users() noexcept
{
    bool unique = true;
    std::memset(user_buckets_, 0, (bucket_mask_ + 1ul) * sizeof(index));
    for (index i = 1; i <= header_->users_used; ++i) {
        user_record& user = user_at(i);
        user.bucket_next = 0;
        user.count = 0;
        user.sessions = {};
        if (user.state != live_user || !fits(user.identity)) {
            user.state = 0;
        } else if (locate_user(user.identity.user_id()) != 0) {
            unique = false;
        } else {
            index& bucket = user_bucket(user.identity.user_id());
            user.bucket_next = bucket;
            bucket = i;
        }
    }
    return unique;
}

bool session_table::has_user(
    const session_layout::session_record& session) const noexcept
{
    return session.user - 1 < header_->users_used &&
           user_at(session.user).state == live_user;
}

// Links each good session into its bucket and, by `next` alone, into both
// lists, which are sorted later.
void session_table::index_sessions(bool users_are_unique) noexcept
{
    std::memset(session_buckets_, 0, (bucket_mask_ + 1ul) * sizeof(index));
    header_->free_session = 0;
    header_->live_sessions = 0;
    header_->idle = {};
    header_->age = {};

    // Downwards, because each record goes to the front. The lowest records are
    // used again first, so the lists come out nearly sorted.
    for (index i = header_->sessions_used; i != 0; --i) {
        session_record& session = session_at(i);
        if (!users_are_unique && has_user(session)) {
            session.user =
                locate_user(user_at(session.user).identity.user_id());
        }
        if (session.state != live_session || session.secure > 1 ||
            is_zero(session.digest) || !has_user(session) ||
            session.epoch != user_at(session.user).epoch) {
            session.state = 0;
            session.bucket_next = header_->free_session;
            header_->free_session = i;
            continue;
        }
        index& bucket = session_bucket(session.digest);
        session.bucket_next = bucket;
        bucket = i;
        session.idle.next = header_->idle.head;
        header_->idle.head = i;
        session.age.next = header_->age.head;
        header_->age.head = i;
        ++header_->live_sessions;
    }
}

void session_table::order_sessions() noexcept
{
    const index least_used =
        sort_by_time<&session_record::idle, &session_record::last_seen>(
            sessions_, header_->idle.head);
    header_->idle = {};
    for (index i = least_used, next = 0; i != 0; i = next) {
        next = session_at(i).idle.next;
        append<&session_record::idle>(header_->idle, sessions_, i);
    }

    const index oldest =
        sort_by_time<&session_record::age, &session_record::created>(
            sessions_, header_->age.head);
    header_->age = {};
    for (index i = oldest, next = 0; i != 0; i = next) {
        next = session_at(i).age.next;
        append<&session_record::age>(header_->age, sessions_, i);
        user_record& user = user_at(session_at(i).user);
        append<&session_record::of_user>(user.sessions, sessions_, i);
        ++user.count;
    }
}

// Drops users whose only session was not made yet, and second records of a
// user, which are in no chain.
void session_table::drop_users_without_sessions() noexcept
{
    header_->free_user = 0;
    header_->live_users = 0;
    for (index i = header_->users_used; i != 0; --i) {
        user_record& user = user_at(i);
        if (user.count != 0) {
            ++header_->live_users;
            continue;
        }
        if (user.state == live_user) {
            user.state = 0;
            unchain(users_, user_bucket(user.identity.user_id()), i);
        }
        user.bucket_next = header_->free_user;
        header_->free_user = i;
    }
}

void session_table::count_ended() noexcept
{
    header_->ended = 0;
    for (std::uint32_t i = 0; i < ended_capacity(capacity_); ++i) {
        header_->ended += ended_[i].state == kept_ended ? 1 : 0;
    }
}

} // namespace auth
