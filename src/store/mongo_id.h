#pragma once

#include "store/mongo_handles.h"

#include <string>
#include <string_view>

namespace auth {

// The `_id` of a document as text, for $auth_user_id, the audit log and the
// session zone. It is printable UTF-8 of at most 64 bytes. Two `_id` that
// differ for a server have different texts. The text is
//   507f1f77bcf86cd799439011              ObjectId: its digits
//   42                                    a whole number, whatever its type
//   uuid:0f8fad5b-d9cb-469f-a165-70867728950e  Binary of subtype 4
//   alice@example.com                     String: itself, with "text:" in
//   text:42                               front if it reads as another kind
//   bson:…                                every other type: base64url of its
//                                         type's byte and its value's bytes

constexpr std::size_t longest_user_id = 64;

/// Writes the text of an `_id`. Returns false if it is longer than 64 bytes or
/// cannot be written.
bool write_id_text(const bson_iter_t& id, std::string& text);

/// Appends the `_id` that has this text. Returns false if no `_id` has it.
bool append_id(std::string_view text, const char* key, bson_document& document);

} // namespace auth
