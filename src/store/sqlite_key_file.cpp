#include "store/sqlite_key_file.h"

#include "store/sqlite_refusal.h"

#include "base/draft_file.h"
#include "base/hex.h"
#include "base/quote.h"
#include "base/random_bytes.h"
#include "base/regular_file.h"
#include "base/secret.h"

#include <array>
#include <cerrno>

namespace auth {

namespace {

/// As the directive `secret` has it.
constexpr std::size_t shortest_key = 32;
constexpr std::size_t largest_key_file = 4096;
constexpr std::size_t random_bytes = 32;

constexpr char own_key[] =
    "make it owned by the user of nginx's workers, with mode 0600";

tl::unexpected<std::string> refuse_kind(const std::string& path)
{
    return refuse_path("cannot use the key", path, 0,
                       "it must be a regular file, not a link or a folder");
}

checked<void> check_access(const std::string& path, int file)
{
    struct stat about {
    };
    if (fstat(file, &about) != 0) {
        return refuse_path("cannot read the key", path, errno, own_key);
    }
    if (!S_ISREG(about.st_mode)) {
        return refuse_kind(path);
    }
    if (about.st_uid != geteuid()) {
        return refuse_path("another user owns the key", path, 0, own_key);
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return refuse_path(
            "other users have rights on the key", path, 0,
            "take these away (chmod 600), and think about whether "
            "they have read it");
    }
    return {};
}

/// A line of text, so that a person can copy it.
wiped_string random_line()
{
    std::array<unsigned char, random_bytes> bytes;
    require_random(bytes.data(), bytes.size());
    wiped_string line;
    for (const unsigned char byte : bytes) {
        append_hex(line, byte);
    }
    wipe_memory(bytes.data(), bytes.size());
    line += '\n';
    return line;
}

} // namespace

std::string key_file_of(const std::string& database)
{
    return database + ".key";
}

checked<wiped_string> key_within(wiped_string contents,
                                 const std::string& title)
{
    while (!contents.empty() &&
           (contents.back() == '\n' || contents.back() == '\r')) {
        contents.pop_back();
    }
    if (contents.size() < shortest_key) {
        return refused(title + " holds " + std::to_string(contents.size()) +
                       " bytes, and a key has at least " +
                       std::to_string(shortest_key) +
                       ": put the file back from a backup");
    }
    return contents;
}

checked<wiped_string> read_key_file(const std::string& path)
{
    // open() must not wait for a process that writes into a pipe.
    const descriptor file(
        open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) {
        const int error = errno;
        if (error == ENOENT) {
            return wiped_string();
        }
        return error == ELOOP
                   ? checked<wiped_string>(refuse_kind(path))
                   : refuse_path("cannot read the key", path, error, own_key);
    }
    const checked<void> good = check_access(path, file.get());
    if (!good) {
        return refused(good.error());
    }
    wiped_string text;
    const int error =
        regular_file::read_all(file.get(), largest_key_file, text);
    if (error != 0) {
        return refused(explain_file_error(path, error, largest_key_file) +
                       ": put the file back from a backup");
    }
    return key_within(std::move(text), "the key " + in_quotes(path));
}

checked<wiped_string> make_key_file(const std::string& path)
{
    const draft_file draft(path);
    int error = draft.error();
    if (error == 0) {
        error = draft.write(random_line());
    }
    if (error == 0) {
        error = draft.publish();
    }
    if (error != 0 && error != EEXIST) {
        return refuse_path("cannot make the key", path, error,
                           "check its folder and whether the disk is full");
    }
    checked<wiped_string> key = read_key_file(path);
    if (key && key->empty()) {
        return refuse_path("cannot find the key", path, 0,
                           "another program has removed it: try again");
    }
    return key;
}

} // namespace auth
