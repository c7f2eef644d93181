#include "mongo_index.h"

namespace auth {

namespace {

using code = store_answer::code;

enum class index_kind { none, plain, unique };

bool is_true(const bson_t& document, const char* field_name)
{
    bson_iter_t field;
    return bson_iter_init_find(&field, &document, field_name) &&
           bson_iter_as_bool(&field);
}

/// Whether the index is on the names, ascending, and on nothing else.
bool is_on(const std::string& path, const bson_t& index)
{
    bson_iter_t field;
    bson_iter_t key;
    return bson_iter_init_find(&field, &index, "key") &&
           BSON_ITER_HOLDS_DOCUMENT(&field) &&
           bson_iter_recurse(&field, &key) && bson_iter_next(&key) &&
           bson_iter_key(&key) == path && BSON_ITER_HOLDS_NUMBER(&key) &&
           bson_iter_as_int64(&key) == 1 && !bson_iter_next(&key);
}

index_kind kind_of(const std::string& path, const bson_t& index)
{
    if (!is_on(path, index)) {
        return index_kind::none;
    }
    // A partial index lets names through that it does not cover, and one
    // with a buildUUID is still being built.
    bool covers_all = !bson_has_field(&index, "partialFilterExpression") &&
                      !bson_has_field(&index, "buildUUID");
    return is_true(index, "unique") && covers_all ? index_kind::unique
                                                  : index_kind::plain;
}

bool look_for_index(const mongo_client::call& call, const std::string& path,
                    index_kind& found)
{
    found = index_kind::none;
    mongo_handle<mongoc_cursor_t> indexes(
        mongoc_collection_find_indexes_with_opts(call.users, nullptr));
    const bson_t* index = nullptr;
    while (mongoc_cursor_next(indexes.get(), &index)) {
        index_kind kind = kind_of(path, *index);
        if (kind != index_kind::none && found != index_kind::unique) {
            found = kind;
        }
    }
    return !mongoc_cursor_error(indexes.get(), call.error);
}

/// As servers call an index that is given no name.
std::string index_name(const std::string& path)
{
    return path + "_1";
}

bool create_index(const mongo_client::call& call, const std::string& path)
{
    bson_document key;
    bson_append_int32(key.get(), path.c_str(), -1, 1);
    bson_document index;
    index.document("key", key);
    index.text("name", index_name(path));
    index.boolean("unique", true);
    bson_document indexes;
    indexes.document("0", index);
    bson_document command;
    command.text("createIndexes", mongoc_collection_get_name(call.users));
    command.array("indexes", indexes);

    bson_document options;
    mongoc_write_concern_append(
        const_cast<mongoc_write_concern_t*>(
            mongoc_collection_get_write_concern(call.users)),
        options.get());
    return mongoc_collection_write_command_with_opts(
        call.users, command.get(), options.get(), nullptr, call.error);
}

std::string explain_creation(const mongo_failure& failure,
                             const std::string& collection,
                             const std::string& path)
{
    const std::string make =
        "the unique index on " + path + " cannot be made: ";
    switch (failure.code) {
    case 11000:
    case 11001:
        return make + "collection " + collection +
               " holds a name twice; find it with "
               "db.getCollection(\"" +
               collection + "\").aggregate([{$group: {_id: \"$" + path +
               "\", n: {$sum: 1}}}, {$match: {n: {$gt: 1}}}]) and remove or "
               "rename one";
    case 85: // IndexOptionsConflict
    case 86: // IndexKeySpecsConflict
        return make + "another index is called " + index_name(path) +
               " or has the same key; drop it with db.getCollection(\"" +
               collection + "\").dropIndex(\"" + index_name(path) + "\")";
    default:
        return make + failure.text;
    }
}

} // namespace

store_answer ensure_username_index(mongo_client& client,
                                   const std::string& path)
{
    index_kind found = index_kind::none;
    auto looked =
        client.run("list the indexes of", [&](const mongo_client::call& call) {
            return look_for_index(call, path, found);
        });
    if (looked.failure.failed()) {
        return {code::unavailable, client.describe(looked.failure.text)};
    }
    if (found == index_kind::unique) {
        return {code::done, {}};
    }
    const std::string& collection = client.collection();
    if (found == index_kind::plain) {
        return {code::unavailable,
                client.describe(
                    "collection " + collection + " has an index on " + path +
                    " that is not unique, or not for all "
                    "documents; drop it, so that a unique one can "
                    "be made: db.getCollection(\"" +
                    collection + "\").dropIndex({\"" + path + "\": 1})")};
    }

    auto created =
        client.run("create indexes in", [&](const mongo_client::call& call) {
            return create_index(call, path);
        });
    if (created.failure.failed()) {
        return {code::unavailable, client.describe(explain_creation(
                                       created.failure, collection, path))};
    }
    return {code::done, {}};
}

} // namespace auth
