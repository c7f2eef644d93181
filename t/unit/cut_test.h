#pragma once

#include "step_by_step.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <vector>

namespace auth::test {

/// An aligned copy of a memory to do things to.
class scratch_memory
{
public:
    scratch_memory(const void* memory, std::size_t size)
        : words_((size + sizeof words_[0] - 1) / sizeof words_[0]), size_(size)
    {
        std::memcpy(words_.data(), memory, size);
    }
    void* get() { return words_.data(); }
    std::size_t size() const { return size_; }

private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

/// A table in memory that processes share. A test changes it in a process that
/// is killed at every instruction, and looks at what each leaves behind.
template <class Table>
class cut_test : public ::testing::Test
{
protected:
    using change = std::function<void(Table&)>;

    /// `format` makes the table in memory of that size.
    cut_test(std::size_t size, const std::function<Table(void*)>& format)
        : memory_(size), table_(format(memory_.get()))
    {}

    scratch_memory copy() const { return {memory_.get(), memory_.size()}; }

    /// A copy in which the change has been made in full.
    scratch_memory after(const change& action) const
    {
        scratch_memory done = copy();
        Table table = Table::attach(done.get());
        action(table);
        return done;
    }

    /// Makes the change, and calls `look` with a copy of each state.
    steps cut_everywhere(const change& action,
                         const std::function<void(scratch_memory)>& look)
    {
        const steps counted = step_by_step(
            memory_, [&] { action(table_); }, [&] { look(copy()); });
        std::printf("    %zu instructions, %zu states\n", counted.instructions,
                    counted.looks);
        return counted;
    }

    shared_memory memory_;
    Table table_;
};

} // namespace auth::test
