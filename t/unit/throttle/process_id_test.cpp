#include "throttle/process_id.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace auth {
namespace {

TEST(process_id, lives_until_it_has_ended)
{
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    const process_id process = process_of(child);
    EXPECT_EQ(process.pid, child);
    EXPECT_NE(process.started, 0u);
    EXPECT_TRUE(lives(process));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_FALSE(lives(process));
    EXPECT_EQ(process_of(child).started, 0u);
}

TEST(process_id, an_earlier_process_of_the_same_number_is_another)
{
    process_id process = process_of(getpid());
    EXPECT_TRUE(lives(process));
    EXPECT_EQ(process, process_of(getpid()));
    --process.started;
    EXPECT_FALSE(lives(process));
    EXPECT_FALSE(process == process_of(getpid()));
    // Where /proc told nothing the number has to do.
    process.started = 0;
    EXPECT_TRUE(lives(process));
}

} // namespace
} // namespace auth
