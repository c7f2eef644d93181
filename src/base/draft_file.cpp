#include "base/draft_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {

draft_file::draft_file(std::string name)
    : name_(std::move(name)), draft_(name_ + ".XXXXXX"),
      file_(mkostemp(draft_.data(), O_CLOEXEC)), // 0600
      error_(file_.is_open() ? 0 : errno)
{}

draft_file::~draft_file()
{
    if (file_.is_open() && !draft_.empty()) {
        unlink(draft_.c_str());
    }
}

int draft_file::write(std::string_view bytes) const noexcept
{
    while (!bytes.empty()) {
        const ssize_t written =
            ::write(file_.get(), bytes.data(), bytes.size());
        if (written == -1 && errno == EINTR) {
            continue;
        }
        if (written == -1) {
            return errno;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return fsync(file_.get()) == 0 ? 0 : errno;
}

off_t draft_file::size() const noexcept
{
    struct stat about {
    };
    return fstat(file_.get(), &about) == 0 ? about.st_size : 0;
}

int draft_file::publish() const
{
    return link(draft_.c_str(), name_.c_str()) == 0 ? keep_name() : errno;
}

int draft_file::replace()
{
    if (std::rename(draft_.c_str(), name_.c_str()) != 0) {
        return errno;
    }
    draft_.clear();
    return keep_name();
}

/// The name is in the folder, which has to reach the disk as well.
int draft_file::keep_name() const
{
    const std::size_t slash = name_.rfind('/');
    const std::string folder =
        slash == name_.npos ? "." : name_.substr(0, slash + 1);
    const descriptor opened(
        open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened.is_open() && fsync(opened.get()) == 0 ? 0 : errno;
}

} // namespace auth
