#include "store/mongo_index.h"

#include "store/mongo_create_index.h"

#include <algorithm>

namespace auth {

namespace {

using code = store_failure::code;

bool is_true(const bson_t& document, const char* field_name)
{
    bson_iter_t field;
    return bson_iter_init_find(&field, &document, field_name) &&
           bson_iter_as_bool(&field);
}

/// The name that a server gives to an index that the caller does not name.
std::string default_name(const std::string& path)
{
    return path + "_1";
}

bool create_index(const mongo_client::call& call, const std::string& path,
                  bool sparse)
{
    bson_document key;
    bson_append_int32(key.get(), path.c_str(), -1, 1);
    bson_document index;
    index.document("key", key);
    index.text("name", default_name(path));
    index.boolean("unique", true);
    if (sparse) {
        index.boolean("sparse", true);
    }
    return create_mongo_index(call, index);
}

bool holds_name_twice(const mongo_failure& failure)
{
    return failure.what == mongo_failure::kind::duplicate;
}

std::string explain_creation(const mongo_failure& failure,
                             const std::string& collection,
                             const std::string& path)
{
    const std::string make =
        "the unique index on " + path + " cannot be made: ";
    const std::string users = "db.getCollection(\"" + collection + "\")";
    if (holds_name_twice(failure)) {
        return make + "collection " + collection +
               " holds a name twice; find it with " + users +
               ".aggregate([{$group: {_id: \"$" + path +
               "\", n: {$sum: 1}}}, {$match: {n: {$gt: 1}}}]) and remove or "
               "rename one";
    }
    if (failure.code == 85 || failure.code == 86) { // Index…Conflict
        return make + "another index is called " + default_name(path) +
               " or has the same key; drop it with " + users + ".dropIndex(\"" +
               default_name(path) + "\")";
    }
    return make + failure.text;
}

std::string join(const std::vector<std::string>& fields)
{
    std::string list;
    for (const std::string& field : fields) {
        list += (list.empty() ? "" : ", ") + field;
    }
    return list;
}

} // namespace

mongo_indexes::index mongo_indexes::read(const bson_t& document,
                                         const std::string& path)
{
    index found;
    bson_iter_t field;
    bson_iter_t key;
    if (bson_iter_init_find(&field, &document, "name") &&
        BSON_ITER_HOLDS_UTF8(&field)) {
        found.name = bson_iter_utf8(&field, nullptr);
    }
    if (!bson_iter_init_find(&field, &document, "key") ||
        !BSON_ITER_HOLDS_DOCUMENT(&field) || !bson_iter_recurse(&field, &key)) {
        return found;
    }
    bool ascending = true;
    while (bson_iter_next(&key)) {
        found.fields.emplace_back(bson_iter_key(&key));
        ascending &=
            BSON_ITER_HOLDS_NUMBER(&key) && bson_iter_as_int64(&key) == 1;
    }
    found.covers_names =
        ascending && found.fields.size() == 1 && found.fields[0] == path;
    // A partial index lets names through that it does not cover. An index with
    // a buildUUID is still being built.
    found.is_unique = is_true(document, "unique") &&
                      !bson_has_field(&document, "partialFilterExpression") &&
                      !bson_has_field(&document, "buildUUID");
    return found;
}

mongo_client::outcome mongo_indexes::list(std::vector<index>& found)
{
    return users_.run(
        "list the indexes of", [&](const mongo_client::call& call) {
            found.clear();
            mongo_handle<mongoc_cursor_t> indexes(
                mongoc_collection_find_indexes_with_opts(call.collection,
                                                         nullptr));
            const bson_t* document = nullptr;
            while (mongoc_cursor_next(indexes.get(), &document)) {
                found.push_back(read(*document, path_));
            }
            return !mongoc_cursor_error(indexes.get(), call.error);
        });
}

store_outcome mongo_indexes::ensure_unique()
{
    std::vector<index> found;
    const auto looked = list(found);
    if (looked.failure.failed()) {
        return failed({code::unavailable, users_.describe(looked.failure.text),
                       cause_of(looked.failure)});
    }
    bool covered = false;
    for (const index& each : found) {
        if (each.covers_names && each.is_unique) {
            return store_note{};
        }
        covered |= each.covers_names;
    }
    if (!covered) {
        return create();
    }
    const std::string& collection = users_.name();
    return failed(
        {code::unavailable,
         users_.describe(
             "collection " + collection + " has an index on " + path_ +
             " that is not unique, or not for all documents; drop it, so "
             "that a unique one can be made: db.getCollection(\"" +
             collection + "\").dropIndex({\"" + path_ + "\": 1})"),
         store_failure::cause::refused});
}

mongo_client::outcome mongo_indexes::create(bool sparse)
{
    return users_.run("create indexes in", [&](const mongo_client::call& call) {
        return create_index(call, path_, sparse);
    });
}

store_outcome mongo_indexes::create()
{
    auto created = create(false);
    if (holds_name_twice(created.failure)) {
        // Users of another kind of login may all lack a name; then the absent
        // name is the duplicate.
        created = create(true);
    }
    if (created.failure.failed()) {
        return failed({code::unavailable,
                       users_.describe(explain_creation(created.failure,
                                                        users_.name(), path_)),
                       cause_of(created.failure)});
    }
    return users_.done();
}

mongo_indexes::culprit
mongo_indexes::find_culprit(const mongo_duplicate& refused)
{
    std::vector<index> all;
    list(all);
    // If the server says the fields of the index, they tell. Otherwise its name
    // is looked up, so that nothing else of the server's sentence is logged.
    const auto known =
        std::find_if(all.begin(), all.end(), [&refused](const index& each) {
            return refused.fields.empty() ? each.name == refused.index
                                          : each.fields == refused.fields;
        });
    std::vector<std::string> fields = refused.fields;
    if (known != all.end()) {
        fields = known->fields;
    } else if (fields.empty() && refused.index == "_id_") {
        fields = {"_id"};
    }
    culprit found;
    if (!fields.empty()) {
        const bool has_name =
            std::find(fields.begin(), fields.end(), path_) != fields.end();
        found.what = has_name ? culprit::kind::username
                     : fields.size() == 1 && fields[0] == "_id"
                         ? culprit::kind::id
                         : culprit::kind::other;
        found.index = known != all.end() ? known->name : join(fields);
    }
    return found;
}

} // namespace auth
