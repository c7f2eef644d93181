// A look-up in the DNS that takes long. These tests need no MongoDB.

#include "test_store.h"

#include "store/store_time.h"
#include "store/store_uri.h"

#include <atomic>
#include <chrono>
#include <dlfcn.h>
#include <future>

using namespace auth_test;
using code = auth::store_answer::code;

namespace {

std::atomic<bool> takes_long{false};
std::promise<void> looks_up;
std::promise<void> may_end;

} // namespace

/// Instead of the C library's, which libmongoc calls for a mongodb+srv URI.
extern "C" int res_nsearch(void* state, const char* name, int kind, int type,
                           unsigned char* answer, int size)
{
    if (takes_long.exchange(false)) {
        looks_up.set_value();
        may_end.get_future().wait();
        return -1;
    }
    using function = decltype(&res_nsearch);
    const auto next = reinterpret_cast<function>(dlsym(RTLD_NEXT, __func__));
    return next(state, name, kind, type, answer, size);
}

TEST(mongo_look_up_test, operation_with_little_time_does_not_wait_for_it)
{
    const auto stores = auth::open_store(
        auth::parse_store_uri("mongodb+srv://db.auth-test.invalid/d").value(),
        {}, {});
    takes_long = true;
    auto first =
        std::async(std::launch::async, [&] { return find(*stores.users); });
    looks_up.get_future().wait();
    const double took = seconds([&] {
        for (int i = 0; i < 10; ++i) {
            auth::store_time time;
            time.add(std::chrono::milliseconds(2450));
            EXPECT_EQ(find(*stores.users->within(time)), code::unavailable);
        }
    });
    EXPECT_LT(took, soon); // each of them would wait for two seconds
    may_end.set_value();
    EXPECT_EQ(first.get(), code::unavailable);
}
