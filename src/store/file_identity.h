#pragma once

#include <string>
#include <sys/stat.h>

namespace auth {

/// The file that a path names. It holds as long as that file is in use:
/// afterwards the system may give its number to another file.
struct file_identity {
    dev_t device = 0;
    ino_t inode = 0;

    bool exists() const noexcept { return inode != 0; }
    bool operator==(const file_identity& other) const noexcept
    {
        return device == other.device && inode == other.inode;
    }
    bool operator!=(const file_identity& other) const noexcept
    {
        return !(*this == other);
    }
};

/// The identity of the file at this path, and of a link itself. If there is no
/// such file, the result does not exist.
inline file_identity identity_of(const std::string& path) noexcept
{
    struct stat file {
    };
    if (lstat(path.c_str(), &file) != 0) {
        return {};
    }
    return {file.st_dev, file.st_ino};
}

/// The size in bytes; 0 if there is no such file.
inline off_t size_of(const std::string& path) noexcept
{
    struct stat file {
    };
    return lstat(path.c_str(), &file) == 0 ? file.st_size : 0;
}

} // namespace auth
