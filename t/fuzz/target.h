#pragma once

// What the fuzz targets share. A target is one program: x_fuzz.cpp defines
// run() for the parser x. libFuzzer calls it with inputs that it makes up,
// replay_main.cpp with the files of corpus/x.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth::fuzz {

/// Gives one input to the parser and checks what must hold of its answer. May
/// be called again with the same input. An exception that leaves it ends the
/// program, as a fault does.
void run(std::string_view input);

/// Ends the program, saying what did not hold.
[[noreturn]] void fail(const char* file, int line, const char* what);

#define HOLDS(condition)                                                       \
    ((condition) ? void() : auth::fuzz::fail(__FILE__, __LINE__, #condition))

/// Takes the first line off the input, without its end.
std::string_view take_line(std::string_view& input);

/// Bytes with nothing before or behind them, so that a sanitizer sees who
/// reads beyond. A std::string has a NUL there, a part of one has the rest.
class exact_bytes
{
public:
    explicit exact_bytes(std::string_view bytes);

    char* data() { return bytes_.get(); }
    std::size_t size() const { return size_; }
    std::string_view view() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

/// UTF-8 by RFC 3629's table, written a second time to compare with.
bool is_valid_utf8(std::string_view bytes);

/// Small letters for A to Z.
std::string lower(std::string_view text);

/// The parts between separators; one more than there are separators.
std::vector<std::string_view> split(std::string_view text, char separator);

} // namespace auth::fuzz
