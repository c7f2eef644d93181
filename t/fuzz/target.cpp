#include "target.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace auth::fuzz {

namespace {

/// Sanitizers make everything some three times as slow; what takes longer
/// than this would take over 100 ms without them.
constexpr long most_milliseconds = 300;

/// Of this thread alone: other work on the machine does not count.
long milliseconds_used()
{
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1'000'000;
}

} // namespace

void fail(const char* file, int line, const char* what)
{
    std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    std::abort();
}

std::string_view take_line(std::string_view& input)
{
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    return line;
}

exact_bytes::exact_bytes(std::string_view bytes)
    : bytes_(new char[bytes.size()]), size_(bytes.size())
{
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
}

bool is_valid_utf8(std::string_view bytes)
{
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = static_cast<unsigned char>(bytes[i++]);
        const int more = lead < 0x80    ? 0
                         : lead >= 0xf0 ? 3
                         : lead >= 0xe0 ? 2
                                        : 1;
        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4) {
            return false;
        }
        std::uint32_t code = more == 0 ? lead : lead & (0x3fU >> more);
        for (int n = 0; n < more; ++n) {
            if (i == bytes.size() || (bytes[i] & 0xc0) != 0x80) {
                return false;
            }
            code = code << 6 | (static_cast<unsigned char>(bytes[i++]) & 0x3fU);
        }
        constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (code < least[more] || code > 0x10ffff ||
            (code >= 0xd800 && code < 0xe000)) {
            return false;
        }
    }
    return true;
}

std::string lower(std::string_view text)
{
    std::string small(text);
    for (char& c : small) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return small;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

} // namespace auth::fuzz

/// What libFuzzer and replay_main.cpp call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size)
{
    using namespace auth::fuzz;
    const std::string_view input(reinterpret_cast<const char*>(data), size);

    // Whatever is slow must be so three times: the first time a library may
    // have had to make its tables.
    for (int i = 0;; ++i) {
        const long start = milliseconds_used();
        run(input);
        const long taken = milliseconds_used() - start;
        if (taken <= most_milliseconds) {
            return 0;
        }
        if (i == 2) {
            std::fprintf(stderr, "%zu bytes took %ld ms\n", size, taken);
            fail(__FILE__, __LINE__, "the time is within bounds");
        }
    }
}
