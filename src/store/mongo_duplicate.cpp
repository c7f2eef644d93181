#include "store/mongo_duplicate.h"

namespace auth {

namespace {

bool find_write_error(const bson_document& reply, const char* field_name,
                      bson_iter_t& field)
{
    bson_iter_t fields;
    const std::string path = std::string("writeErrors.0.") + field_name;
    return bson_iter_init(&fields, reply.get()) &&
           bson_iter_find_descendant(&fields, path.c_str(), &field);
}

} // namespace

// "… collection: d.users index: email_1 dup key: { … }"; old servers say
// "… index: d.users.$email_1 dup key: { … }".
std::string find_index_name(std::string_view sentence)
{
    constexpr std::string_view before = " index: ";
    const std::size_t end = sentence.find(" dup key");
    const std::size_t start = sentence.substr(0, end).rfind(before);
    if (end == sentence.npos || start == sentence.npos) {
        return {};
    }
    std::string_view name = sentence.substr(0, end);
    name.remove_prefix(start + before.size());
    if (const std::size_t old = name.find(".$"); old != name.npos) {
        name.remove_prefix(old + 2);
    }
    return std::string(name);
}

mongo_duplicate read_duplicate(const bson_document& reply,
                               const bson_error_t& error)
{
    mongo_duplicate found;
    found.index = find_index_name(error.message);
    bson_iter_t pattern;
    bson_iter_t key;
    if (find_write_error(reply, "keyPattern", pattern) &&
        BSON_ITER_HOLDS_DOCUMENT(&pattern) &&
        bson_iter_recurse(&pattern, &key)) {
        while (bson_iter_next(&key)) {
            found.fields.emplace_back(bson_iter_key(&key));
        }
    }
    return found;
}

} // namespace auth
