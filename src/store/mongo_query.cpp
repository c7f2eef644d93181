#include "store/mongo_query.h"

#include "store/mongo_field.h"
#include "store/mongo_id.h"

#include <algorithm>

namespace auth {

using code = store_failure::code;

void write_query_options(const bson_document& projection, int64_t limit,
                         bson_document& options)
{
    options.document("projection", projection);
    if (limit != 0) {
        options.number("limit", limit);
    }
}

void write_projection(const std::string& path, bson_document& projection)
{
    projection.boolean(path.c_str(), true);
}

int64_t read_count(const bson_document& reply, const char* name)
{
    bson_iter_t field;
    return bson_iter_init_find(&field, reply.get(), name)
               ? bson_iter_as_int64(&field)
               : 0;
}

bool insert_document(const mongo_client::call& call,
                     const bson_document& document, mongo_duplicate& refused)
{
    bson_document reply;
    if (!mongoc_collection_insert_one(call.collection, document.get(), nullptr,
                                      reply.get(), call.error)) {
        refused = read_duplicate(reply, *call.error);
        return false;
    }
    if (read_count(reply, "insertedCount") == 1) {
        return true;
    }
    // libmongoc takes every reply without an error for a success.
    bson_set_error(call.error, MONGOC_ERROR_PROTOCOL,
                   MONGOC_ERROR_PROTOCOL_INVALID_REPLY,
                   "the server does not say that it has stored the document");
    return false;
}

bool update_document(const mongo_client::call& call,
                     const bson_document& filter, const bson_document& update,
                     int64_t& matched)
{
    bson_document reply;
    bool updated = mongoc_collection_update_one(call.collection, filter.get(),
                                                update.get(), nullptr,
                                                reply.get(), call.error);
    matched = read_count(reply, "matchedCount");
    return updated;
}

best_match::best_match(const mongo_user_documents& documents,
                       std::vector<std::string_view> names)
    : documents_(documents), names_(std::move(names)),
      user_(failed(code::absent))
{
    clear();
}

void best_match::clear()
{
    rank_ = names_.size();
    user_ = failed(code::absent);
}

void best_match::consider(const bson_t& document)
{
    std::string name;
    if (!documents_.read_username(document, name)) {
        note_list(document);
        return;
    }
    auto rank = static_cast<std::size_t>(
        std::find(names_.begin(), names_.end(), name) - names_.begin());
    if (rank < rank_) {
        rank_ = rank;
        stored_user user;
        const store_outcome read = documents_.read(document, user);
        id_ = user.id;
        if (read) {
            user.detail = read->detail;
            user_ = std::move(user);
        } else {
            user_ = failed(read.error());
        }
    } else if (rank == rank_ && rank < names_.size()) {
        // This happens only without the unique index. Which of the two logs in
        // must not depend on the order in which the server finds them.
        user_ = failed(code::unusable,
                       "another user has the name of the user with _id " + id_ +
                           "; neither can log in until one is removed");
    }
}

/// Servers also look into lists. A name in a list need not belong to one user.
void best_match::note_list(const bson_t& document)
{
    const std::string& path = documents_.schema().username;
    bson_iter_t id;
    std::string text;
    if (failure_of(user_) == code::absent &&
        leads_through_list(document, path) &&
        bson_iter_init_find(&id, &document, "_id") && write_id_text(id, text)) {
        user_.error().detail =
            "user with _id " + text + " cannot log in: " + path +
            " is in a list; the name must be in a field of the "
            "document or of documents in it (user_fields)";
    }
}

store_result<stored_user> best_match::take()
{
    return std::move(user_);
}

} // namespace auth
