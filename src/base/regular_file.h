#pragma once

#include "base/descriptor.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {

/// How the reading of a file ended: 0, an errno, or one of these.
enum file_error : int { not_regular = -1, too_large = -2 };

namespace regular_file {

template <class String>
int read_all(int number, std::size_t limit, String& text)
{
    constexpr std::size_t block = 4096;
    std::size_t filled = 0;
    ssize_t got = 0;
    do {
        text.resize(filled + block);
        got = read(number, text.data() + filled, block);
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
        if (filled > limit) {
            return too_large;
        }
    } while (got != 0);
    text.resize(filled);
    return 0;
}

} // namespace regular_file

/// Replaces `text` by the contents of a regular file of at most `limit` bytes.
/// Returns 0, or a file_error or errno, with anything in `text`.
template <class String>
int read_regular_file(const std::string& path, std::size_t limit, String& text)
{
    // open() must not wait for a process that writes into a pipe.
    const descriptor file(
        open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat found {
    };
    if (!file.is_open() || fstat(file.get(), &found) != 0) {
        return errno;
    }
    return S_ISREG(found.st_mode)
               ? regular_file::read_all(file.get(), limit, text)
               : not_regular;
}

/// Makes an empty file that only its owner can read. Returns 0 or an errno:
/// EEXIST where there is one already, as another process may have been faster.
inline int make_private_file(const std::string& path) noexcept
{
    const descriptor file(
        open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY,
             S_IRUSR | S_IWUSR));
    return file.is_open() ? 0 : errno;
}

/// The error in words.
inline std::string describe_file_error(int error, std::size_t limit)
{
    if (error == not_regular) {
        return "it is no regular file";
    }
    if (error == too_large) {
        return "it is larger than " + std::to_string(limit / 1024) + "k";
    }
    return std::strerror(error);
}

/// The same as a sentence: cannot read "PATH": …
inline std::string explain_file_error(const std::string& path, int error,
                                      std::size_t limit)
{
    return "cannot read \"" + path + "\": " + describe_file_error(error, limit);
}

} // namespace auth
