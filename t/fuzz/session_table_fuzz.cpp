// The session table in shared memory, some bytes of which are overwritten.
// The input is read as steps of eight bytes: where, what, and what to do then.

#include "target.h"

#include "../unit/session/session_table_checker.h"
#include "session/session_table.h"
#include "session/session_table_layout.h"

#include <cstdint>
#include <cstring>

namespace auth::fuzz {

namespace {

using test::digest_of;
using test::identity_of;
using test::in_epoch;

constexpr session_limits limits{30 * 60'000, 12 * 3'600'000, 5};
constexpr session_limits checked{30 * 60'000, 12 * 3'600'000, 5, 30'000};
constexpr std::uint64_t now = 1'000'000;
constexpr std::size_t table_size = 24'000;

// Written by format() and by nothing after it: nothing damages it.
constexpr std::size_t geometry =
    offsetof(session_layout::header, sessions_used);

struct step {
    std::uint16_t at;
    std::uint8_t value[4];
    std::uint8_t what;
    std::uint8_t which;
};
static_assert(sizeof(step) == 8);

using memory = std::vector<std::uint64_t>;

memory make_table()
{
    memory formatted(table_size / 8);
    session_table table = session_table::format(formatted.data(), table_size);
    HOLDS(table.capacity() >= 8);
    for (std::uint64_t i = 0; i + 3 < table.capacity(); ++i) {
        table.insert(digest_of(i), identity_of(i % 4), true, limits, now + i);
    }
    table.remove(digest_of(1));
    return formatted;
}

/// In the lists of the header or in the records.
std::size_t place(const step& action)
{
    constexpr std::size_t behind = sizeof(session_layout::header);
    const std::size_t at = (action.what & 0x10) != 0
                               ? geometry + action.at % (64 - geometry)
                               : behind + action.at % (table_size - behind);
    return at / 4 * 4;
}

session_identity who_is(const step& action)
{
    return in_epoch(action.what >> 6,
                    identity_of(action.which % 6,
                                std::string(action.which % 129, 'n'),
                                std::string(action.which % 193, 'r')));
}

void use(session_table& table, const step& action, std::uint64_t time)
{
    session_identity who;
    const session_digest digest = digest_of(action.which % 16);
    switch (action.what & 7) {
    case 0:
        table.insert(digest, who_is(action), true, limits, time);
        break;
    case 1:
        table.remove(digest, &who);
        break;
    case 2:
        table.remove_user(test::id_of(action.which % 6));
        break;
    case 3:
        table.find(digest, false, limits,
                   time + (std::uint64_t{action.which} << 18), who);
        break;
    case 4:
        if (table.find(digest, true, limits, time, who)) {
            HOLDS(who.user_id().size() <= session_identity::max_id);
            HOLDS(who.name().size() <= session_identity::max_name);
            HOLDS(who.roles().size() <= session_identity::max_roles);
            session_identity changed = who;
            changed.password += action.which & 1;
            table.update_user(who, changed);
        }
        break;
    case 5:
        table.raise_epoch(test::id_of(action.which % 6), action.what >> 6);
        break;
    case 6:
        if (table.find(digest, true, limits, time, who) && who.epoch > 0) {
            session_identity old = who;
            --old.epoch;
            HOLDS(table.insert(digest_of(16), old, true, limits, time) ==
                  session_insert::stale_epoch);
            HOLDS(table.update_user(old, old) == session_update::ignored);
        }
        break;
    default:
        table.find(digest, true, checked, time + (action.which << 10), who);
    }
}

/// Nobody set the mark: a look-up that has no reason to write may miss or find
/// damaged text, but stays in bounds, and asks for a rebuild where it sees
/// nonsense.
void look_up(memory damaged)
{
    auto* const bytes = reinterpret_cast<char*>(damaged.data());
    auto& header = *reinterpret_cast<session_layout::header*>(bytes);
    header.mutating = 0;
    session_table table = session_table::attach(bytes);
    auto* const sessions = reinterpret_cast<session_layout::session_record*>(
        reinterpret_cast<std::uint32_t*>(&header + 1) + 2 * header.buckets);
    for (std::uint32_t i = 0; i < header.capacity; ++i) {
        sessions[i].created = sessions[i].last_seen = now;
    }
    session_identity who;
    for (std::uint64_t i = 0; i < table.capacity(); ++i) {
        if (table.find(digest_of(i), true, limits, now, who)) {
            HOLDS(who.user_id().size() <= session_identity::max_id);
            HOLDS(who.name().size() <= session_identity::max_name);
            HOLDS(who.roles().size() <= session_identity::max_roles);
        }
        if (table.recover_if_needed()) {
            HOLDS(test::defects(bytes, table_size).empty());
            return;
        }
    }
}

} // namespace

void run(std::string_view input)
{
    static const memory sound = make_table();
    memory table_memory = sound;
    auto* const bytes = reinterpret_cast<char*>(table_memory.data());
    session_table table = session_table::attach(bytes);

    // Damage first; as after a death in the middle of a change, the next
    // holder of the lock rebuilds.
    std::string_view steps = input;
    for (step action; steps.size() >= sizeof action; steps.remove_prefix(8)) {
        std::memcpy(&action, steps.data(), sizeof action);
        std::memcpy(bytes + place(action), action.value, sizeof action.value);
    }
    look_up(table_memory);
    reinterpret_cast<session_layout::header*>(bytes)->mutating = 1;
    HOLDS(table.recover_if_needed());
    HOLDS(test::defects(bytes, table_size).empty());
    HOLDS(!table.recover_if_needed());

    std::uint64_t time = now + 1000;
    for (step action; input.size() >= sizeof action; input.remove_prefix(8)) {
        std::memcpy(&action, input.data(), sizeof action);
        table.recover_if_needed();
        use(table, action, ++time);
    }
    HOLDS(test::defects(bytes, table_size).empty());
}

} // namespace auth::fuzz
