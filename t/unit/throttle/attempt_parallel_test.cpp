// Many processes at once, with one lock, as nginx's workers have.

#include "attempt_table_fixture.h"

#include "../step_by_step.h"

#include <pthread.h>

#include <new>

namespace auth {
namespace {

using namespace test;

struct shared_lock {
    pthread_mutex_t mutex;

    shared_lock()
    {
        pthread_mutexattr_t shared;
        pthread_mutexattr_init(&shared);
        pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(&mutex, &shared);
        pthread_mutexattr_destroy(&shared);
    }
};

// How many attempts all workers together were admitted.
template <typename Work>
int over_workers(int workers, Work work)
{
    std::vector<pid_t> children;
    std::vector<shared_memory*> counts;
    for (int i = 0; i < workers; ++i) {
        counts.push_back(new shared_memory(4096));
        const pid_t child = fork();
        if (child == 0) {
            *static_cast<int*>(counts.back()->get()) = work(i);
            _exit(0);
        }
        children.push_back(child);
    }
    int sum = 0;
    for (int i = 0; i < workers; ++i) {
        int status = 0;
        waitpid(children[i], &status, 0);
        EXPECT_EQ(status, 0);
        sum += *static_cast<int*>(counts[i]->get());
        delete counts[i];
    }
    return sum;
}

class attempt_parallel : public ::testing::Test
{
protected:
    attempt_parallel()
        : memory_(table_size(4096)), lock_memory_(4096),
          lock_(new (lock_memory_.get()) shared_lock),
          table_(
              attempt_table::format(memory_.get(), memory_.size(), table_key))
    {}

    int guess(int times, std::string (*name)(int), std::uint64_t prefix,
              const device_key* device = nullptr)
    {
        int admitted = 0;
        for (int i = 0; i < times; ++i) {
            pthread_mutex_lock(&lock_->mutex);
            const attempt_verdict verdict =
                attempt_table::attach(memory_.get())
                    .reserve(login_attempt{name(i), prefix, device},
                             attempt_limits{}, 100 * minute);
            pthread_mutex_unlock(&lock_->mutex);
            admitted += verdict.what == outcome::admitted;
        }
        return admitted;
    }

    shared_memory memory_, lock_memory_;
    shared_lock* lock_;
    attempt_table table_;
};

std::string ann(int)
{
    return "ann";
}

std::string anybody(int number)
{
    return "user" + std::to_string(number);
}

TEST_F(attempt_parallel, a_hundred_guesses_over_four_workers)
{
    EXPECT_EQ(over_workers(4, [&](int) { return guess(25, ann, ipv4(1)); }), 5);
}

TEST_F(attempt_parallel, from_as_many_prefixes)
{
    EXPECT_EQ(over_workers(4,
                           [&](int worker) {
                               int admitted = 0;
                               for (std::uint32_t i = 0; i < 25; ++i) {
                                   admitted +=
                                       guess(1, ann, ipv4(100 * worker + i));
                               }
                               return admitted;
                           }),
              30);
}

TEST_F(attempt_parallel, at_many_users)
{
    EXPECT_EQ(
        over_workers(4, [&](int) { return guess(10'000, anybody, ipv4(1)); }),
        20);
}

TEST_F(attempt_parallel, with_a_known_device)
{
    const device_key device = device_of(1);
    EXPECT_EQ(
        over_workers(4, [&](int) { return guess(25, ann, ipv4(1), &device); }),
        5);
}

} // namespace
} // namespace auth
