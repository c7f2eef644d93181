#pragma once

#include "store/mongo_handles.h"

#include <optional>
#include <string>
#include <string_view>

namespace auth {

// Fields of documents, by their paths (user_schema.h).

/// Moves `field` to the field at `path`. Returns false if there is none, or if
/// a list or anything else than a document is on the way.
bool find_field(const bson_t& document, const std::string& path,
                bson_iter_t& field) noexcept;

/// Whether a list is on the way to `path`, or at it.
bool leads_through_list(const bson_t& document,
                        const std::string& path) noexcept;

/// The bytes of a String.
std::string_view text_of(const bson_iter_t& field) noexcept;

/// The decimal digits of a whole number, or a String as it is; nothing for any
/// other type.
std::optional<std::string> text_or_digits(const bson_iter_t& field);

/// The number that has `text` as its decimal digits. Each number has one
/// spelling.
std::optional<int64_t> number_of_digits(std::string_view text) noexcept;

/// Whether a field says yes or no: a Boolean, a number (0 is no), or "true" or
/// "false" as text; nothing for any other value.
std::optional<bool> truth_of(const bson_iter_t& field) noexcept;

/// Copies fields with dots in their names ("local.email") to where the names
/// lead: { local: { email: … } }.
void nest_fields(const bson_document& flat, bson_document& nested);

} // namespace auth
