#include "admin/text_table.h"

#include "base/utf8.h"

#include <algorithm>
#include <ostream>

namespace auth {

namespace {

constexpr std::size_t rows_that_count = 500;
constexpr std::size_t gap = 2;

} // namespace

void text_table::add(const row& cells)
{
    if (!widths_.empty()) {
        write(cells);
        return;
    }
    first_rows_.push_back(cells);
    if (first_rows_.size() > rows_that_count) {
        write_first_rows();
    }
}

void text_table::end()
{
    if (widths_.empty()) {
        write_first_rows();
    }
}

void text_table::write_first_rows()
{
    widths_.assign(first_rows_.front().size(), 0);
    for (const row& cells : first_rows_) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths_[i] = std::max(widths_[i], count_code_points(cells[i]));
        }
    }
    for (const row& cells : first_rows_) {
        write(cells);
    }
    first_rows_.clear();
}

void text_table::write(const row& cells)
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        line += cells[i];
        const std::size_t width = count_code_points(cells[i]);
        if (i + 1 != cells.size()) {
            line.append(std::max(widths_[i], width) - width + gap, ' ');
        }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out_ << line << '\n';
}

} // namespace auth
