#include "temporary_folder.h"

#include "target.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

namespace auth::fuzz {

temporary_folder::temporary_folder()
{
    path_ = std::filesystem::is_directory("/dev/shm")
                ? "/dev/shm/auth-fuzz-XXXXXX"
                : "/tmp/auth-fuzz-XXXXXX";
    HOLDS(mkdtemp(path_.data()) != nullptr);
}

temporary_folder::~temporary_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(const std::string& name,
                                    std::string_view text) const
{
    const std::string path = path_ + "/" + name;
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    HOLDS(file != -1);
    HOLDS(::write(file, text.data(), text.size()) ==
          static_cast<ssize_t>(text.size()));
    close(file);
    return path;
}

void temporary_folder::remove(const std::string& name) const
{
    std::error_code ignored;
    std::filesystem::remove(path_ + "/" + name, ignored);
}

} // namespace auth::fuzz
