// Bytes of the memory are overwritten at random. Nothing is read or written
// beyond it, and in time the table is as good as new.

#include "attempt_table_fixture.h"

#include <random>

namespace auth {
namespace {

using namespace test;

class attempt_damage : public attempt_table_test
{
protected:
    attempt_damage() { resize(256); }

    void damage()
    {
        auto* const bytes = reinterpret_cast<unsigned char*>(memory_.data());
        const std::size_t size = memory_.size() * 8;
        const std::size_t count =
            1 + random() % (random() % 8 == 0 ? 4000 : 40);
        for (std::size_t i = 0; i < count; ++i) {
            // What format() writes is written by no change.
            const std::size_t at = geometry + random() % (size - geometry);
            switch (random() % 4) {
            case 0:
                bytes[at] = static_cast<unsigned char>(random());
                break;
            case 1:
                bytes[at] ^= static_cast<unsigned char>(1 << random() % 8);
                break;
            case 2: // what brings a counter to life
                reinterpret_cast<std::uint32_t*>(bytes)[at / 4] =
                    attempt_layout::live_counter +
                    static_cast<std::uint32_t>(random() % 8);
                break;
            default: // a time or a number that may be right
                memory_[at / 8] = now + random() % 3'000 - 1'500;
            }
        }
    }

    void use(std::vector<attempt_reservation>& reservations)
    {
        const device_key device = device_of(1);
        for (int i = 0; i < 100; ++i) {
            now += random() % 1000;
            const std::string name = "user" + std::to_string(random() % 30);
            const attempt_verdict verdict =
                random() % 4 == 0
                    ? registration(ipv4(static_cast<std::uint32_t>(i)))
                    : attempt(name, ipv6(1, static_cast<std::uint16_t>(i % 9)),
                              random() % 3 == 0 ? &device : nullptr);
            reservations.push_back(verdict.reservation);
            attempt_reservation& reserved =
                reservations[random() % reservations.size()];
            random() % 2 == 0 ? table.succeed(reserved)
                              : table.give_back(reserved);
        }
    }

    static constexpr std::size_t geometry =
        offsetof(attempt_layout::header, serials);
    std::mt19937_64 random{1};
};

TEST_F(attempt_damage, does_not_lead_beyond_the_memory)
{
    for (int round = 0; round < 3'000; ++round) {
        std::vector<attempt_reservation> reservations;
        use(reservations);
        damage();
        use(reservations);
        const usage seen = used();
        ASSERT_LE(seen.delayed, seen.live);
        ASSERT_LE(seen.live, table.capacity());
        if (round % 10 == 0) {
            // Longer than any window and any delay; what is still there has
            // times that were ahead.
            now += 180 * minute;
            ASSERT_LE(used().live, table.capacity() / 8);
            ASSERT_EQ(fail(100, "ann", ipv4(1)), 5);
        }
    }
}

TEST_F(attempt_damage, times_from_far_ahead_are_not_believed)
{
    fail(100, "ann", ipv4(1));
    now -= 11 * minute;
    EXPECT_EQ(used().live, 0u);
    EXPECT_EQ(fail(100, "ann", ipv4(1)), 5);
}

TEST_F(attempt_damage, reservations_of_any_bytes_are_harmless)
{
    fail(100, "ann", ipv4(1));
    const std::vector<std::uint64_t> before = memory_;
    for (int i = 0; i < 10'000; ++i) {
        attempt_reservation reservation{};
        reservation.at = random();
        for (attempt_reservation::part& part : reservation.parts) {
            part.kind = static_cast<attempt_kind>(random() % 7);
            part.key = random();
            part.serial = random() % 10;
            part.last = random();
        }
        table.succeed(reservation);
        table.give_back(reservation);
    }
    EXPECT_EQ(memory_, before);
}

} // namespace
} // namespace auth
