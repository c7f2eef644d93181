#pragma once

#include "store/mongo_handles.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

// Filters for the field at `path`, which has the names of users.

/// { path: { $in: names } }. For each name that is the decimal digits of a
/// number the list has that number, too.
void write_name_filter(const std::string& path,
                       const std::vector<std::string_view>& names,
                       bson_document& filter);

/// Matches the texts that fold to `folded`, and perhaps a few more. It does not
/// use the option for case, which folds more than the ASCII letters.
void write_folded_filter(const std::string& path, std::string_view folded,
                         bson_document& filter);

/// Whether `name` is equal to `folded`, which has no ASCII capitals, except for
/// its capitals.
bool folds_to(std::string_view name, std::string_view folded) noexcept;

} // namespace auth
