#include "throttle/attempt_table_layout.h"

namespace auth {

using namespace attempt_layout;

namespace {

using outcome = attempt_verdict::outcome;

// The /48 of an IPv6 prefix; 0 for every other prefix (address_prefix.h).
std::uint64_t network_of(std::uint64_t prefix)
{
    const bool is_ipv6 = prefix >> 56 != 0xff;
    return is_ipv6 ? prefix >> 16 : 0;
}

std::uint32_t seconds(std::uint64_t ms)
{
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>((ms + 999) / 1000, 1, UINT32_MAX));
}

} // namespace

std::uint32_t attempt_table::capacity_for(std::size_t size) noexcept
{
    constexpr std::size_t set_bytes = set_size * sizeof(counter);
    if (size < sizeof(header)) {
        return 0;
    }
    const std::size_t sets = (size - sizeof(header)) / set_bytes;
    return static_cast<std::uint32_t>(
        std::min<std::size_t>(sets, UINT32_MAX / set_size) * set_size);
}

attempt_table::attempt_table(attempt_layout::header* header) noexcept
    : header_(header), counters_(reinterpret_cast<counter*>(header + 1))
{}

attempt_table attempt_table::format(void* memory, std::size_t size,
                                    const attempt_table_key& key) noexcept
{
    auto* const header = static_cast<attempt_layout::header*>(memory);
    *header = {};
    header->sets = capacity_for(size) / set_size;
    header->key = key;
    header->magic = table_magic;
    return attach(memory);
}

attempt_table attempt_table::attach(void* memory) noexcept
{
    return attempt_table(static_cast<attempt_layout::header*>(memory));
}

std::uint32_t attempt_table::capacity() const noexcept
{
    return header_->sets * set_size;
}

attempt_verdict attempt_table::reserve(const login_attempt& attempt,
                                       const attempt_limits& limits,
                                       std::uint64_t now_ms) noexcept
{
    plan plan{limits, now_ms};
    const std::uint64_t name = hash_of(header_->key, attempt.folded_name);
    if (attempt.device != nullptr) {
        std::uint64_t device[2];
        std::memcpy(device, attempt.device->data(), sizeof device);
        add(plan, attempt_kind::device, device[0], device[1], name);
        return carry_out(plan);
    }
    if (attempt.prefix != 0) {
        add(plan, attempt_kind::address, attempt.prefix, 0, 0);
    }
    if (const std::uint64_t network = network_of(attempt.prefix)) {
        add(plan, attempt_kind::network, network, 0, 0);
    }
    add(plan, attempt_kind::user_total, 0, 0, name);
    add(plan, attempt_kind::user, attempt.prefix, 0, name);
    return carry_out(plan);
}

attempt_verdict attempt_table::reserve(const registration_attempt& attempt,
                                       const attempt_limits& limits,
                                       std::uint64_t now_ms) noexcept
{
    plan plan{limits, now_ms};
    if (attempt.prefix != 0) {
        add(plan, attempt_kind::registration, attempt.prefix, 0, 0);
    }
    if (const std::uint64_t network = network_of(attempt.prefix)) {
        add(plan, attempt_kind::registration_network, network, 0, 0);
    }
    return carry_out(plan);
}

void attempt_table::succeed(attempt_reservation& reservation) noexcept
{
    settle(reservation, true);
}

void attempt_table::give_back(attempt_reservation& reservation) noexcept
{
    settle(reservation, false);
}

attempt_layout::counter& attempt_table::at(index i) const noexcept
{
    return counters_[i - 1];
}

// Plans to count in the counter of this kind for these words.
void attempt_table::add(plan& plan, attempt_kind kind, std::uint64_t a,
                        std::uint64_t b, std::uint64_t c) const noexcept
{
    if (rule_of(kind, plan.limits).failures == 0) {
        return;
    }
    sip_hash hash(header_->key);
    hash.add(a);
    hash.add(b);
    hash.add(c);
    const std::uint64_t key = hash.finish(static_cast<std::uint64_t>(kind));
    const index place = find(key, kind);
    plan.entries[plan.size++] = {kind, key, place, place != 0, 0};
}

// First looks at all counters that exist, then finds places for the others, and
// only then writes.
attempt_verdict attempt_table::carry_out(plan& plan) noexcept
{
    attempt_verdict verdict{};
    plan_entry* const end = plan.entries + plan.size;

    std::uint64_t longest = 0;
    for (plan_entry* entry = plan.entries; entry != end; ++entry) {
        if (!entry->known || is_forgotten(at(entry->place), plan)) {
            continue;
        }
        const std::uint64_t left = delay_left(at(entry->place), plan);
        if (left > longest) {
            longest = left;
            verdict.by = entry->kind;
        }
    }
    if (longest != 0) {
        verdict.what = outcome::refused;
        verdict.retry_after_s = seconds(longest);
        return verdict;
    }

    for (plan_entry* entry = plan.entries; entry != end; ++entry) {
        if (!entry->known && !find_place(*entry, plan) &&
            !find_place_by_moving(*entry, plan) &&
            entry->kind != attempt_kind::device) {
            verdict.what = outcome::table_full;
            verdict.by = entry->kind;
            verdict.retry_after_s = seconds(soonest_place(entry->key, plan));
            return verdict;
        }
    }

    verdict.reservation.at = plan.now_ms;
    for (std::uint32_t i = 0; i < plan.size; ++i) {
        const plan_entry& entry = plan.entries[i];
        if (entry.place != 0) {
            verdict.reservation.parts[i] = count_failure(entry, plan);
        }
    }
    verdict.what = outcome::admitted;
    return verdict;
}

// After each of its steps the counter refuses no less than before, unless it
// was forgotten or may make room.
attempt_reservation::part
attempt_table::count_failure(const plan_entry& in, const plan& plan) noexcept
{
    counter& own = at(in.place);
    if (in.known && !is_forgotten(own, plan)) {
        const attempt_reservation::part part{in.kind, in.key, own.serial,
                                             own.last};
        own.last = std::max(own.last, plan.now_ms);
        barrier();
        own.failures += own.failures != UINT32_MAX ? 1 : 0;
        barrier();
        return part;
    }
    if (in.moves != 0) {
        move(in.place, in.moves);
    }
    own.state = 0;
    barrier();
    own.key = in.key;
    own.serial = ++header_->serials;
    own.first = plan.now_ms;
    own.last = plan.now_ms;
    own.failures = 1;
    barrier();
    own.state = live_counter + static_cast<std::uint32_t>(in.kind);
    barrier();
    return {in.kind, in.key, own.serial, 0};
}

void attempt_table::settle(attempt_reservation& reservation,
                           bool success) noexcept
{
    for (const attempt_reservation::part& part : reservation.parts) {
        counter* own = counted_in(part);
        if (own == nullptr) {
            continue;
        }
        if (success && (part.kind == attempt_kind::registration ||
                        part.kind == attempt_kind::registration_network)) {
            continue;
        }
        if (own->failures <= 1 ||
            (success && (part.kind == attempt_kind::user ||
                         part.kind == attempt_kind::device))) {
            // It is there twice if a process died while it moved it.
            for (; own != nullptr; own = counted_in(part)) {
                own->state = 0;
                barrier();
            }
            continue;
        }
        --own->failures;
        barrier();
        // If no other attempt has been counted since, all is as before.
        if (part.last != 0 &&
            own->last == std::max(part.last, reservation.at)) {
            own->last = part.last;
        }
        barrier();
    }
    reservation = {};
}

// Null if the counter has been forgotten or cleared since, or has made room.
counter*
attempt_table::counted_in(const attempt_reservation::part& part) const noexcept
{
    const index i = part.serial == 0 ? 0 : find(part.key, part.kind);
    return i != 0 && at(i).serial == part.serial ? &at(i) : nullptr;
}

} // namespace auth
