#pragma once

// For parsers that read files themselves.

#include <filesystem>
#include <string>
#include <string_view>

namespace auth::fuzz {

/// A folder in memory, where there is one; removed at the end.
class temporary_folder
{
public:
    temporary_folder();
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    const std::string& path() const { return path_; }

    /// Writes a file anew and returns its path.
    std::string write(const std::string& name, std::string_view text) const;
    void remove(const std::string& name) const;

private:
    std::string path_;
};

} // namespace auth::fuzz
