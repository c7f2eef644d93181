#pragma once

#include "store/mongo_client.h"
#include "store/mongo_document.h"
#include "store/mongo_duplicate.h"
#include "store/user_store.h"

#include <functional>
#include <string_view>
#include <vector>

namespace auth {

/// A document that a query has found. It lives until its visitor returns.
struct mongo_found {
    const bson_t& document;
};
using mongo_visitor = std::function<void(const mongo_found&)>;

/// Calls `visit` with the documents that match, until it returns false. Returns
/// false after an error, which is in `call`.
template <typename Visitor>
bool query_documents(const mongo_client::call& call,
                     const bson_document& filter, const bson_document& options,
                     const Visitor& visit)
{
    mongo_handle<mongoc_cursor_t> cursor(mongoc_collection_find_with_opts(
        call.collection, filter.get(), options.get(), nullptr));
    const bson_t* document = nullptr;
    while (mongoc_cursor_next(cursor.get(), &document)) {
        if (!visit(*document)) {
            return true;
        }
    }
    return !mongoc_cursor_error(cursor.get(), call.error);
}

/// Writes which fields a query gives, besides _id, and of how many documents
/// (0: of all).
void write_query_options(const bson_document& projection, int64_t limit,
                         bson_document& options);

/// { path: true }
void write_projection(const std::string& path, bson_document& projection);

/// A number in libmongoc's reply to a write, such as "matchedCount".
int64_t read_count(const bson_document& reply, const char* name);

/// Inserts a document, which has an _id. After a duplicate key `refused` has
/// what the server says of it.
bool insert_document(const mongo_client::call& call,
                     const bson_document& document, mongo_duplicate& refused);

/// Updates a document; `matched` says how many the filter found.
bool update_document(const mongo_client::call& call,
                     const bson_document& filter, const bson_document& update,
                     int64_t& matched);

/// Picks the user with the first spelling from the documents of a query.
class best_match
{
public:
    best_match(const mongo_user_documents& documents,
               std::vector<std::string_view> names);

    void clear();
    void consider(const bson_t& document);

    /// The user. Fails as absent or unusable.
    store_result<stored_user> take();

private:
    void note_list(const bson_t& document);

    const mongo_user_documents& documents_;
    const std::vector<std::string_view> names_;
    std::size_t rank_ = 0;
    store_result<stored_user> user_;
    std::string id_; ///< of the best match, usable or not
};

} // namespace auth
