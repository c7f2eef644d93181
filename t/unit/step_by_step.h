#pragma once

// Runs a piece of code one machine instruction at a time and looks at shared
// memory after each: whatever is seen there is what a process that is killed
// at that place would leave behind.

#include <gtest/gtest.h>

#include <csignal>
#include <cstddef>
#include <cstring>
#include <functional>
#include <vector>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace auth::test {

/// Zeroed memory that a forked child shares with its parent.
class shared_memory
{
public:
    explicit shared_memory(std::size_t size) : size_(size)
    {
        bytes_ = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (bytes_ == MAP_FAILED) {
            throw std::bad_alloc();
        }
    }
    ~shared_memory() { munmap(bytes_, size_); }
    shared_memory(const shared_memory&) = delete;
    shared_memory& operator=(const shared_memory&) = delete;

    void* get() const { return bytes_; }
    std::size_t size() const { return size_; }

private:
    void* bytes_;
    std::size_t size_;
};

struct steps {
    std::size_t instructions = 0;
    std::size_t looks = 0; ///< instructions that changed the memory
};

/// Calls `change` in a child process and `look` in this one, with the child
/// standing still, before the first instruction and after each that changes
/// `memory`. The child does not survive.
inline steps step_by_step(const shared_memory& memory,
                          const std::function<void()>& change,
                          const std::function<void()>& look)
{
    steps counted;
    shared_memory flag(4096);
    volatile int* const phase = static_cast<volatile int*>(flag.get());

    const pid_t child = fork();
    if (child < 0) {
        ADD_FAILURE() << "fork: " << std::strerror(errno);
        return counted;
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
            _exit(1);
        }
        raise(SIGSTOP);
        *phase = 1;
        change();
        *phase = 2;
        for (;;) {
            pause();
        }
    }

    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSTOPPED(status)) {
        ADD_FAILURE() << "ptrace is refused here (a container without "
                         "SYS_PTRACE?): cuts cannot be tried";
        return counted;
    }

    const auto* const bytes = static_cast<const char*>(memory.get());
    std::vector<char> seen(bytes, bytes + memory.size());
    look();
    while (*phase != 2) {
        if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0 ||
            waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
            WSTOPSIG(status) != SIGTRAP) {
            ADD_FAILURE() << "single steps ended early, status " << status;
            break;
        }
        counted.instructions += *phase == 1 ? 1 : 0;
        if (std::memcmp(seen.data(), bytes, seen.size()) != 0) {
            std::memcpy(seen.data(), bytes, seen.size());
            ++counted.looks;
            look();
            if (::testing::Test::HasFailure()) {
                break; // one report will do
            }
        }
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return counted;
}

} // namespace auth::test
