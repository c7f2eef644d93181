#pragma once

#include "base/descriptor.h"

#include <string>
#include <string_view>

namespace auth {

/// A file that gets its name when it is whole. Until then it is beside that
/// name, with a random ending, and only its owner can read it. If it never gets
/// the name, it is removed.
///
/// The functions return 0 or an errno.
class draft_file
{
public:
    /// See error() for whether it could be made.
    explicit draft_file(std::string name);
    draft_file(const draft_file&) = delete;
    draft_file& operator=(const draft_file&) = delete;
    ~draft_file();

    int error() const noexcept { return error_; }
    const std::string& name() const noexcept { return name_; }

    /// Appends the bytes, and waits until the disk has them. A child process
    /// that has become another user may call it, too.
    int write(std::string_view bytes) const noexcept;

    /// The size in bytes, also of what another process has written.
    off_t size() const noexcept;

    /// Takes the name. EEXIST if there is a file, or a link, of this name.
    int publish() const;

    /// Takes the name, and replaces a file that has it.
    int replace();

private:
    int keep_name() const;

    std::string name_;
    std::string draft_; ///< empty once the file has been renamed
    descriptor file_;
    int error_;
};

} // namespace auth
