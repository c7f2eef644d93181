#pragma once

#include "store/mongo_handles.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

// Filters for the field that has users' names, at `path`.

/// { path: { $in: names } }, and with each name that is a number's decimal
/// digits that number.
void write_name_filter(const std::string& path,
                       const std::vector<std::string_view>& names,
                       bson_document& filter);

/// Matches the texts that fold to `folded` (and perhaps a few more). It uses
/// no option for case, which would fold more than the ASCII letters.
void write_folded_filter(const std::string& path, std::string_view folded,
                         bson_document& filter);

/// Equal but for ASCII capitals; `folded` has none.
bool folds_to(std::string_view name, std::string_view folded) noexcept;

} // namespace auth
