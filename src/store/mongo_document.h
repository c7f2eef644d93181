#pragma once

#include "mongo_handles.h"
#include "user_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Whether MongoDB can hold and look for this text: UTF-8 without NUL.
bool is_mongo_text(std::string_view text) noexcept;

/// The ObjectId of 24 hexadecimal digits; false for any other text.
bool parse_object_id(const std::string& text, bson_oid_t& id) noexcept;

/// { _id, username, password, created_at, … } of a new user. False when a
/// field cannot be stored.
bool write_user_document(const stored_user& user, bson_document& document);

/// Field `roles`; all are texts that MongoDB can hold.
void write_roles(const std::vector<std::string>& roles,
                 bson_document& document);

/// done, with a detail where a field had to be left out; or unusable. Then
/// the fields that could be read are set.
store_answer read_user_document(const bson_t& document, stored_user& user);

/// Field `username`, if it is a text.
bool read_username(const bson_t& document, std::string_view& username);

/// Field `password`, as String or Binary.
bool read_password(const bson_t& document, std::string_view& password);

/// { username: { $in: names } }
void write_name_filter(const std::vector<std::string_view>& names,
                       bson_document& filter);

/// Matches the names that fold to `folded` (and perhaps a few more). It uses
/// no option for case, which would fold more than the ASCII letters.
void write_folded_filter(std::string_view folded, bson_document& filter);

/// Equal but for ASCII capitals; `folded` has none.
bool folds_to(std::string_view name, std::string_view folded) noexcept;

} // namespace auth
