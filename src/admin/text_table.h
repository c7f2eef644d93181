#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace auth {

/// Prints a table whose columns are as wide as its first rows need, so that a
/// long one is not kept in memory. The last cell of a row has any length.
class text_table
{
public:
    using row = std::vector<std::string>;

    text_table(std::ostream& out, row titles)
        : out_(out), first_rows_{std::move(titles)}
    {}

    void add(const row& cells);
    void end();

private:
    void write(const row& cells);
    void write_first_rows();

    std::ostream& out_;
    std::vector<row> first_rows_; ///< not yet printed
    std::vector<std::size_t> widths_;
};

} // namespace auth
