#include "mongo_query.h"

#include "mongo_document.h"

#include <algorithm>

namespace auth {

using code = store_answer::code;

void write_query_options(std::initializer_list<const char*> fields,
                         int64_t limit, bson_document& options)
{
    bson_document projection;
    for (const char* field : fields) {
        projection.boolean(field, true);
    }
    options.document("projection", projection);
    if (limit != 0) {
        options.number("limit", limit);
    }
}

bool update_user(const mongo_client::call& call, const bson_document& filter,
                 const bson_document& update, int64_t& matched)
{
    bson_document reply;
    bool updated =
        mongoc_collection_update_one(call.users, filter.get(), update.get(),
                                     nullptr, reply.get(), call.error);
    bson_iter_t field;
    matched = bson_iter_init_find(&field, reply.get(), "matchedCount")
                  ? bson_iter_as_int64(&field)
                  : 0;
    return updated;
}

best_match::best_match(std::vector<std::string_view> names)
    : names_(std::move(names))
{
    clear();
}

void best_match::clear()
{
    rank_ = names_.size();
    answer_ = {code::absent, {}};
}

void best_match::consider(const bson_t& document)
{
    std::string_view name;
    if (!read_username(document, name)) {
        return;
    }
    auto rank = static_cast<std::size_t>(
        std::find(names_.begin(), names_.end(), name) - names_.begin());
    if (rank < rank_) {
        rank_ = rank;
        user_ = stored_user{};
        answer_ = read_user_document(document, user_);
    } else if (rank == rank_ && rank < names_.size()) {
        // Only without the unique index: which of them logs in must not
        // depend on the order in which the server finds them.
        answer_ = {code::unusable,
                   "another user has the name of the user with _id " +
                       user_.id + "; neither can log in until one is removed"};
    }
}

store_answer best_match::take(stored_user& user)
{
    user = std::move(user_);
    return std::move(answer_);
}

} // namespace auth
