#pragma once

#include "store/admin_store.h"
#include "store/mongo_document.h"

#include <string>

namespace auth {

/// Reads a user as operators see them, also a user who cannot log in. The place
/// in the list (listed_user::place) is the name, or, for a name that is a
/// number, NUL and its digits: numbers come behind the texts.
listed_user read_listed_document(const mongo_user_documents& documents,
                                 const bson_t& document);

/// Whether a page of the list begins behind a name that is a number.
bool is_place_of_number(const std::string& place) noexcept;

/// Adds a condition to the filter: the field is a number behind this place, or
/// any number if the place is not that of a number.
void write_number_filter(const std::string& path, const std::string& place,
                         bson_document& filter);

} // namespace auth
