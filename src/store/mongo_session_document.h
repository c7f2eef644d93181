#pragma once

#include "store/mongo_handles.h"
#include "store/session_store.h"

#include <optional>
#include <string>
#include <vector>

namespace auth {

// Documents of the collections `ngx_auth_sessions` and `ngx_auth_revocations`.
// The `_id` of a session is its digest as Binary. `created`, `seen`, `until`,
// `password_shown`, `code_shown` and `at` are of type Date; a factor that was
// not shown has no field. A revocation names a `session`, or a `user` and the
// `epoch` that lives. A value of another type than the module writes makes a
// document unusable.

constexpr const char* sessions_collection = "ngx_auth_sessions";
constexpr const char* revocations_collection = "ngx_auth_revocations";

void write_digest(const char* key, const sha256_digest& digest,
                  bson_document& document);
/// Matches any of these digests.
void write_digests(const char* key, const std::vector<sha256_digest>& digests,
                   bson_document& filter);
/// Reads the `_id` of a session. Returns false if it is no digest.
bool read_session_id(const bson_t& document, sha256_digest& digest);

void write_session(const stored_session& session, bson_document& document);
/// Fails as unusable.
store_result<stored_session> read_session(const bson_t& document);

/// Matches the login sessions of a user in a realm, or in all realms, that have
/// not come to `until`.
void write_live_filter(const std::string& user_id,
                       const std::optional<std::string>& realm,
                       std::int64_t now, bson_document& filter);
/// Adds the order to the options of a query: the latest first. Two of the same
/// millisecond always have the same order.
void write_latest_first(bson_document& options);

/// Writes a new revocation, with an `_id` of its own.
void write_revocation(const revocation& appended, bson_document& document);
/// Returns false if it is unusable.
bool read_revocation(const bson_t& document, revocation& read);

} // namespace auth
