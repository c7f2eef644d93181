// What stands for a document's `_id`, and that it stands for it alone.

#include "store/mongo_id.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

using auth::append_id;
using auth::bson_document;
using auth::write_id_text;

namespace {

/// The text of the `_id` in a document that is written in JSON; empty if there
/// is none.
std::string text_of_id(const std::string& json)
{
    bson_error_t error{};
    bson_t document;
    if (!bson_init_from_json(&document, json.c_str(), -1, &error)) {
        ADD_FAILURE() << json << ": " << error.message;
        return {};
    }
    bson_iter_t id;
    std::string text;
    EXPECT_TRUE(bson_iter_init_find(&id, &document, "_id"));
    const bool has_text = write_id_text(id, text);
    bson_destroy(&document);
    return has_text ? text : "";
}

/// The `_id` that a text stands for, in JSON; empty if it is none.
std::string id_of_text(const std::string& text)
{
    bson_document document;
    if (!append_id(text, "_id", document)) {
        return {};
    }
    char* json = bson_as_relaxed_extended_json(document.get(), nullptr);
    std::string copy = json;
    bson_free(json);
    return copy;
}

} // namespace

TEST(mongo_id_test, ids_read_as_people_know_them)
{
    const std::map<std::string, std::string> texts{
        {R"({"_id": {"$oid": "507f1f77bcf86cd799439011"}})",
         "507f1f77bcf86cd799439011"},
        {R"({"_id": 42})", "42"},
        {R"({"_id": -1})", "-1"},
        {R"({"_id": {"$numberLong": "9223372036854775807"}})",
         "9223372036854775807"},
        {R"({"_id": "alice@example.com"})", "alice@example.com"},
        {R"({"_id": "Zoë M"})", "Zoë M"},
        {R"({"_id": "42"})", "text:42"},
        {R"({"_id": "507f1f77bcf86cd799439011"})",
         "text:507f1f77bcf86cd799439011"},
        {R"({"_id": "text:x"})", "text:text:x"},
        {R"({"_id": {"$binary": {"base64": "D4+tW9nLRp+hZXCGdyiVDg==",)"
         R"( "subType": "04"}}})",
         "uuid:0f8fad5b-d9cb-469f-a165-70867728950e"},
    };
    for (const auto& [json, text] : texts) {
        EXPECT_EQ(text_of_id(json), text);
        EXPECT_NE(id_of_text(text), "") << text;
    }
}

TEST(mongo_id_test, every_type_has_a_text_and_comes_back)
{
    std::map<std::string, std::string> seen;
    for (const std::string json : {
             R"({"_id": 1.5})",
             R"({"_id": true})",
             R"({"_id": false})",
             R"({"_id": null})",
             R"({"_id": {"$date": "2026-01-02T03:04:05Z"}})",
             R"({"_id": {"$binary": {"base64": "AAE=", "subType": "00"}}})",
             R"({"_id": {"$binary": {"base64": "AAE=", "subType": "05"}}})",
             R"({"_id": {"a": 1, "b": "x"}})",
             R"({"_id": {"b": "x", "a": 1}})",
             R"({"_id": {"$numberDecimal": "1"}})",
             R"({"_id": {"$timestamp": {"t": 1, "i": 2}}})",
             R"({"_id": ""})",
             R"({"_id": " x"})",
             R"({"_id": "x\ny"})",
             R"({"_id": {"$minKey": 1}})",
         }) {
        const std::string text = text_of_id(json);
        EXPECT_EQ(text.substr(0, 5), "bson:") << json << " " << text;
        EXPECT_TRUE(seen.emplace(text, json).second)
            << json << " and " << seen[text];
        EXPECT_EQ(text_of_id(id_of_text(text)), text) << json;
    }
}

TEST(mongo_id_test, numbers_are_what_servers_compare)
{
    for (const std::string json : {R"({"_id": 7})", R"({"_id": 7.0})",
                                   R"({"_id": {"$numberLong": "7"}})"}) {
        EXPECT_EQ(text_of_id(json), "7");
    }
    EXPECT_EQ(id_of_text("7"), R"({ "_id" : 7 })");
}

TEST(mongo_id_test, longer_than_64_bytes_has_none)
{
    const std::string longest(64, 'x');
    EXPECT_EQ(text_of_id(R"({"_id": ")" + longest + "\"}"), longest);
    EXPECT_EQ(text_of_id(R"({"_id": ")" + longest + "x\"}"), "");
    EXPECT_EQ(id_of_text(longest + "x"), "");
}

TEST(mongo_id_test, other_texts_stand_for_nothing)
{
    for (const char* text :
         {"text:alice", "uuid:", "uuid:0F8FAD5B-d9cb-469f-a165-70867728950e",
          "uuid:0f8fad5bd9cb469fa16570867728950e", "bson:", "bson:!",
          "bson:AA"}) {
        EXPECT_EQ(id_of_text(text), "") << text;
    }
}
