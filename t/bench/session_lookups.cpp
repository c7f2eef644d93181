// session_lookups SECONDS: how many sessions per second one, two and four
// processes find in one table of a thousand to a million sessions, each under
// the lock that they share, as workers of nginx do. Prints a line for each
// case: SESSIONS PROCESSES LOOK-UPS-PER-SECOND.

#include "session/session_table.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace auth {
namespace {

constexpr session_limits limits{30 * 60'000, 12 * 3'600'000, 20};
constexpr std::uint64_t now_ms = 1'000'000;

/// Memory that forked processes share, zeroed.
class shared_pages
{
public:
    explicit shared_pages(std::size_t size)
        : size_(size), start_(::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0))
    {
        if (start_ == MAP_FAILED) {
            throw std::bad_alloc();
        }
    }
    ~shared_pages() { ::munmap(start_, size_); }
    shared_pages(const shared_pages&) = delete;
    shared_pages& operator=(const shared_pages&) = delete;

    void* get() const { return start_; }

private:
    std::size_t size_;
    void* start_;
};

/// Waits as ngx_shmtx_lock() does: it spins for a while, then lets another
/// process have the processor.
class spinning_lock
{
public:
    void lock()
    {
        for (int spins = 0; !try_lock(); ++spins) {
            if (spins == 2048) {
                ::sched_yield();
                spins = 0;
            }
        }
    }
    void unlock() { word_.store(0, std::memory_order_release); }

private:
    bool try_lock()
    {
        int free = 0;
        return word_.load(std::memory_order_relaxed) == 0 &&
               word_.compare_exchange_weak(free, 1, std::memory_order_acquire);
    }

    std::atomic<int> word_{0};
};

/// What the processes share besides the table.
struct common {
    spinning_lock lock;
    std::atomic<int> ready;
    std::atomic<bool> begin, end;
    std::atomic<std::uint64_t> found;
};

session_digest digest_of(std::uint64_t number)
{
    // Digests are as good as random: a mixed counter is, too.
    session_digest digest{};
    for (std::size_t at = 0; at < digest.size(); at += sizeof number) {
        number += UINT64_C(0x9e3779b97f4a7c15);
        std::uint64_t mixed = number;
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        mixed ^= mixed >> 31;
        std::memcpy(digest.data() + at, &mixed, sizeof mixed);
    }
    return digest;
}

session_identity identity_of(std::uint32_t user)
{
    session_identity who{};
    const std::string name = "user" + std::to_string(user);
    who.id_size = static_cast<std::uint8_t>(name.size());
    who.name_size = who.id_size;
    std::memcpy(who.id_bytes, name.data(), name.size());
    std::memcpy(who.name_bytes, name.data(), name.size());
    return who;
}

session_table make_table(const shared_pages& memory, std::size_t size,
                         std::uint32_t sessions)
{
    session_table table = session_table::format(memory.get(), size);
    for (std::uint32_t i = 0; i < sessions; ++i) {
        if (table.insert(digest_of(i), identity_of(i / 4), true, limits,
                         now_ms) != session_insert::done) {
            throw std::length_error("the table is too small");
        }
    }
    return table;
}

/// A process's share: sessions in an order that no cache can guess.
void look_up(session_table table, common& shared, std::uint32_t sessions,
             std::uint32_t first)
{
    std::vector<session_digest> wanted(100'000);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i] = digest_of((first + i) * UINT64_C(2654435761) % sessions);
    }
    const auto find = [&](const session_digest& digest) {
        session_identity who;
        shared.lock.lock();
        table.recover_if_needed();
        const bool found = table.find(digest, true, limits, now_ms, who);
        shared.lock.unlock();
        return found;
    };
    // The first look at a page of memory is the kernel's work.
    for (const session_digest& digest : wanted) {
        find(digest);
    }
    ++shared.ready;
    while (!shared.begin) {
        ::sched_yield();
    }
    std::uint64_t found = 0;
    for (std::size_t i = 0; !shared.end; i = (i + 1) % wanted.size()) {
        found += find(wanted[i]) ? 1 : 0;
    }
    shared.found += found;
}

double rate(const session_table& table, std::uint32_t sessions, int processes,
            double seconds)
{
    const shared_pages memory(sizeof(common));
    auto& shared = *new (memory.get()) common;
    for (int i = 0; i < processes; ++i) {
        if (::fork() == 0) {
            look_up(table, shared, sessions,
                    static_cast<std::uint32_t>(i) * 12'345);
            std::_Exit(0);
        }
    }
    while (shared.ready < processes) {
        ::usleep(1000);
    }
    shared.begin = true;
    const auto began = std::chrono::steady_clock::now();
    ::usleep(static_cast<useconds_t>(seconds * 1e6));
    shared.end = true;
    while (::wait(nullptr) > 0) {
    }
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - began;
    return static_cast<double>(shared.found) / took.count();
}

void measure(double seconds)
{
    for (const std::uint32_t sessions : {1'000u, 100'000u, 1'000'000u}) {
        std::size_t size = 64 * 1024;
        while (session_table::capacity_for(size) < sessions) {
            size += size / 8;
        }
        const shared_pages memory(size);
        const session_table table = make_table(memory, size, sessions);
        for (const int processes : {1, 2, 4}) {
            std::printf("%u %d %.0f\n", sessions, processes,
                        rate(table, sessions, processes, seconds));
        }
    }
}

} // namespace
} // namespace auth

int main(int count, char** arguments)
{
    try {
        auth::measure(count > 1 ? std::stod(arguments[1]) : 1.0);
        return 0;
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
