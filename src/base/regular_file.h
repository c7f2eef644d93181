#pragma once

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

/// A file descriptor that closes itself.
class descriptor
{
public:
    // Opening a pipe must not wait for somebody who writes to it.
    explicit descriptor(const char* path) noexcept
        : number_(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    {}
    ~descriptor()
    {
        if (number_ != -1) {
            close(number_);
        }
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    int number() const noexcept { return number_; }

private:
    int number_;
};

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

/// Replaces `text` by what a regular file of at most `limit` bytes holds, and
/// returns 0; otherwise a file_error, with anything in `text`.
template <class String>
int read_regular_file(const std::string& path, std::size_t limit, String& text)
{
    const regular_file::descriptor file(path.c_str());
    struct stat found {
    };
    if (file.number() == -1 || fstat(file.number(), &found) != 0) {
        return errno;
    }
    return S_ISREG(found.st_mode)
               ? regular_file::read_all(file.number(), limit, text)
               : not_regular;
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
