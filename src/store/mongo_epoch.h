#pragma once

#include "store/mongo_handles.h"

#include <cstdint>

namespace auth {

// Field `ngx_auth.epoch` of a user's document (user_store.h).

/// Up to here every numeric type of BSON has each whole number.
constexpr std::int64_t highest_epoch = std::int64_t{1} << 53;

/// Reads the epoch, which is 0 if the field is absent. Returns false if the
/// field is there and is no whole number of at least 0.
bool read_epoch(const bson_t& document, std::int64_t& epoch) noexcept;

/// Matches documents of that epoch.
void write_epoch_filter(std::int64_t epoch, bson_document& filter);

/// Adds the epoch to the document of a $set.
void write_epoch(std::int64_t epoch, bson_document& set);

/// Adds an $inc of the epoch to an update.
void write_epoch_raise(bson_document& update);

} // namespace auth
