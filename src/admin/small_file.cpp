#include "admin/small_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {

namespace {

/// A file descriptor that closes itself.
class open_file
{
public:
    // Opening a pipe must not wait for somebody who writes to it.
    explicit open_file(const std::string& path) noexcept
        : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))
    {}
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    ~open_file()
    {
        if (fd_ != -1) {
            close(fd_);
        }
    }
    int get() const noexcept { return fd_; }

private:
    int fd_;
};

bool read_all(int fd, std::string& text)
{
    std::size_t filled = 0;
    while (filled < text.size()) {
        const ssize_t got =
            read(fd, text.data() + filled, text.size() - filled);
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return true;
}

} // namespace

bool read_small_file(const std::string& path, std::size_t limit,
                     std::string& text, std::string& problem)
{
    const open_file file(path);
    struct stat found {
    };
    const std::string cannot = "cannot read \"" + path + "\": ";
    if (file.get() == -1 || fstat(file.get(), &found) != 0) {
        problem = cannot + std::strerror(errno);
        return false;
    }
    if (!S_ISREG(found.st_mode)) {
        problem = cannot + "it is not a regular file";
        return false;
    }
    if (static_cast<std::size_t>(found.st_size) > limit) {
        problem =
            cannot + "it is larger than " + std::to_string(limit / 1024) + "k";
        return false;
    }
    text.assign(static_cast<std::size_t>(found.st_size), '\0');
    if (!read_all(file.get(), text)) {
        problem = cannot + std::strerror(errno);
        return false;
    }
    return true;
}

} // namespace auth
