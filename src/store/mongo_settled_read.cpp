#include "store/mongo_settled_read.h"

namespace auth {

namespace {

using kind = mongo_failure::kind;

mongo_settled_reader::outcome read_once(const mongo_collection& from,
                                        const bson_document& filter,
                                        const bson_document& projection,
                                        bool by_majority,
                                        const mongo_visitor& visit)
{
    bson_document options;
    write_query_options(projection, 1, options);
    if (by_majority) {
        bson_document concern;
        concern.text("level", "majority");
        options.document("readConcern", concern);
    }
    mongo_settled_reader::outcome read;
    auto sent = from.run("read", [&](const mongo_client::call& call) {
        read.present = false;
        return query_documents(call, filter, options,
                               [&](const bson_t& document) {
                                   read.present = true;
                                   visit({document});
                                   return false;
                               });
    });
    read.failure = std::move(sent.failure);
    return read;
}

} // namespace

bool can_settle(const mongo_failure& failure) noexcept
{
    return failure.what != kind::not_sent &&
           failure.what != kind::not_authorized;
}

mongo_settled_reader::outcome mongo_settled_reader::read(
    const mongo_collection& from, const bson_document& filter,
    const bson_document& projection, const mongo_visitor& visit)
{
    const bool by_majority = has_majority_reads_;
    outcome found = read_once(from, filter, projection, by_majority, visit);
    if (!by_majority || !found.failure.unsupported) {
        return found;
    }
    found = read_once(from, filter, projection, false, visit);
    if (!found.failure.failed() && has_majority_reads_.exchange(false)) {
        found.note = from.describe(
            "the server has no readConcern majority; it is asked without");
    }
    return found;
}

} // namespace auth
