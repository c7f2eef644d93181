#include "store/mongo_create_index.h"

namespace auth {

bool create_mongo_index(const mongo_client::call& call,
                        const bson_document& index)
{
    bson_document indexes;
    indexes.document("0", index);
    bson_document command;
    command.text("createIndexes", mongoc_collection_get_name(call.collection));
    command.array("indexes", indexes);

    bson_document options;
    mongoc_write_concern_append(
        const_cast<mongoc_write_concern_t*>(
            mongoc_collection_get_write_concern(call.collection)),
        options.get());
    return mongoc_collection_write_command_with_opts(
        call.collection, command.get(), options.get(), nullptr, call.error);
}

} // namespace auth
