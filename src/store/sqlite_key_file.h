#pragma once

#include "base/checked.h"
#include "base/wiped_string.h"

#include <string>
#include <string_view>

namespace auth {

/// The file beside a SQLite database that has the key of what must outlive a
/// process. It holds text, as a file for the directive `secret`: the bytes of
/// the key are those of the text, without the line ends after it.
std::string key_file_of(const std::string& database);

/// The text of a key file; empty if there is no such file. A link is never
/// followed. A file that other users may read or write, that belongs to another
/// user, or that holds less than 32 bytes is refused.
checked<wiped_string> read_key_file(const std::string& path);

/// The key in the contents of a file, which are `title` in the sentence about
/// contents that are no key.
checked<wiped_string> key_within(wiped_string contents,
                                 const std::string& title);

/// Makes a key of random bytes and its file, which only this user can read.
/// Another process may do so at the same time: both get the key of the first
/// process.
checked<wiped_string> make_key_file(const std::string& path);

} // namespace auth
