// Runs a target on every file of its corpus, without libFuzzer: the program
// that ./build.sh test runs. usage: x_replay FOLDER

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

// Every report ends in abort(), which report_file() sees. Leaks are libFuzzer's
// to find: their search needs rights that not every container gives.
extern "C" const char* __asan_default_options()
{
    return "abort_on_error=1:detect_leaks=0";
}
extern "C" const char* __ubsan_default_options()
{
    return "abort_on_error=1:print_stacktrace=1";
}

namespace {

std::string current_file;

void report_file(int)
{
    constexpr std::string_view text = "this was the input ";
    (void)!write(STDERR_FILENO, text.data(), text.size());
    (void)!write(STDERR_FILENO, current_file.data(), current_file.size());
    (void)!write(STDERR_FILENO, "\n", 1);
}

void replay(const std::filesystem::path& file)
{
    current_file = file;
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    // A block of just this size: reading beyond is seen.
    const std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[text.size()]);
    std::copy(text.begin(), text.end(), bytes.get());
    LLVMFuzzerTestOneInput(bytes.get(), text.size());
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    std::signal(SIGABRT, report_file);
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        replay(file);
    }
    if (files.empty()) {
        std::fprintf(stderr, "%s: no inputs in %s\n", argv[0], argv[1]);
    }
    return files.empty() ? 1 : 0;
}
