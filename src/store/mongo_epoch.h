#pragma once

#include "store/mongo_handles.h"

#include <cstdint>

namespace auth {

// Field `ngx_auth.epoch` of a user's document (user_store.h).

/// False if it is there and no whole number from 0 on; absent is 0.
bool read_epoch(const bson_t& document, std::int64_t& epoch) noexcept;

/// Matches documents of that epoch.
void write_epoch_filter(std::int64_t epoch, bson_document& filter);

/// For $set.
void write_epoch(std::int64_t epoch, bson_document& set);

/// Adds $inc of the epoch, whatever it is.
void write_epoch_raise(bson_document& update);

} // namespace auth
