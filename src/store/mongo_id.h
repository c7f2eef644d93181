#pragma once

#include "store/mongo_handles.h"

#include <string>
#include <string_view>

namespace auth {

// A document's `_id` as text, as $auth_user_id, the audit log and the session
// zone have it: printable UTF-8 of at most 64 bytes, and a different one for
// each `_id` that a server tells apart. It is
//   507f1f77bcf86cd799439011              ObjectId: its digits
//   42                                    a whole number, whatever its type
//   uuid:0f8fad5b-d9cb-469f-a165-70867728950e  Binary of subtype 4
//   alice@example.com                     String: itself, but for texts that
//   text:42                               would read as one of the others
//   bson:…                                everything else: base64url of its
//                                         type's byte and its value's bytes

constexpr std::size_t longest_user_id = 64;

/// The text of an `_id`; false where it has none of at most 64 bytes.
bool write_id_text(const bson_iter_t& id, std::string& text);

/// Appends the `_id` of that text; false if it is the text of none.
bool append_id(std::string_view text, const char* key, bson_document& document);

} // namespace auth
