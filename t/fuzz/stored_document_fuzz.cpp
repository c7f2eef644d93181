// A user's document as a MongoDB server sends it, read by two schemas: as JSON
// where the input begins with "{", for seeds that can be read, else the bytes
// themselves.

#include "target.h"

#include "account/password_fingerprint.h"
#include "account/username.h"
#include "store/mongo_document.h"
#include "store/mongo_id.h"
#include "store/mongo_query.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

using code = store_failure::code;

/// A document from JSON; nullptr if it is none.
class json_document
{
public:
    explicit json_document(std::string_view text)
        : document_(bson_new_from_json(
              reinterpret_cast<const std::uint8_t*>(text.data()),
              static_cast<ssize_t>(text.size()), nullptr))
    {}
    ~json_document() { bson_destroy(document_); }
    json_document(const json_document&) = delete;
    json_document& operator=(const json_document&) = delete;

    const bson_t* get() const { return document_; }

private:
    bson_t* document_;
};

/// The fields of docs/operating.md, and those of somebody else's collection.
const mongo_user_documents& documents(bool nested)
{
    static const mongo_user_documents plain{user_schema()};
    static const mongo_user_documents other = [] {
        return mongo_user_documents(
            with_user_fields({}, {"username=local.email", "password=local.hash",
                                  "roles=role", "active=local.state.active"})
                .value());
    }();
    return nested ? other : plain;
}

/// Whether a field could mean yes (or, of `active`, no), or damaged bytes may
/// have hidden it.
bool may_say(bool yes, const bson_t& document, const std::string& path)
{
    bson_iter_t fields;
    bson_iter_t field;
    const bool there = bson_iter_init(&fields, &document) &&
                       bson_iter_find_descendant(&fields, path.c_str(), &field);
    if (!there || BSON_ITER_HOLDS_NULL(&field)) {
        return false;
    }
    const bool clear =
        BSON_ITER_HOLDS_BOOL(&field) || BSON_ITER_HOLDS_NUMBER(&field);
    return clear && bson_iter_as_bool(&field) == yes;
}

bool may_be_disabled(const user_schema& schema, const bson_t& document)
{
    return may_say(true, document, schema.disabled) ||
           std::any_of(schema.active.begin(), schema.active.end(),
                       [&document](const std::string& path) {
                           return may_say(false, document, path);
                       });
}

/// The `_id` that a text stands for has no other text.
void check_id(const std::string& text)
{
    bson_document again;
    bson_iter_t id;
    std::string written;
    HOLDS(!text.empty() && text.size() <= longest_user_id);
    HOLDS(std::all_of(text.begin(), text.end(),
                      [](unsigned char c) { return c >= ' ' && c != 0x7f; }));
    HOLDS(append_id(text, "_id", again));
    HOLDS(bson_iter_init_find(&id, again.get(), "_id"));
    HOLDS(write_id_text(id, written) && written == text);
}

/// What a login takes from a user who was found.
void check_user(const user_schema& schema, const bson_t& document,
                const stored_user& user)
{
    check_id(user.id);
    HOLDS(!user.password.empty());
    HOLDS(user.disabled || !may_be_disabled(schema, document));
    password_fingerprint(user);
    if (can_log_in(user.username)) {
        HOLDS(is_mongo_text(user.username));
    }
}

/// Stored again, the user is the same.
void check_written(const mongo_user_documents& documents,
                   const stored_user& user)
{
    bson_document document;
    if (!documents.write(user, document)) {
        return;
    }
    HOLDS(bson_validate(document.get(), BSON_VALIDATE_UTF8, nullptr));
    stored_user again;
    HOLDS(documents.read(*document.get(), again).has_value());
    HOLDS(again.id == user.id && again.username == user.username);
    HOLDS(again.password.view() == user.password.view());
    HOLDS(again.disabled == user.disabled && again.roles == user.roles);
}

void check_document(const mongo_user_documents& documents,
                    const bson_t& document)
{
    stored_user user;
    const store_outcome read = documents.read(document, user);
    HOLDS(read || failure_of(read) == code::unusable);
    const std::string& detail = detail_of(read);
    HOLDS(read || !detail.empty());
    HOLDS(std::all_of(detail.begin(), detail.end(),
                      [](unsigned char c) { return c >= ' ' && c != 0x7f; }));
    if (read) {
        check_user(documents.schema(), document, user);
        check_written(documents, user);
    }

    std::string name;
    if (documents.read_username(document, name)) {
        HOLDS(name == user.username || !read);
        best_match match(documents, {"alice", name});
        match.consider(document);
        const store_result<stored_user> found = match.take();
        HOLDS(failure_of(found) == failure_of(read));
        HOLDS(!found ||
              (found->id == user.id && found->disabled == user.disabled));
    }
}

} // namespace

void run(std::string_view input)
{
    if (!input.empty() && input[0] == '{') {
        const json_document document(input);
        if (document.get() != nullptr) {
            check_document(documents(false), *document.get());
            check_document(documents(true), *document.get());
        }
        return;
    }
    // With its length as libmongoc has checked it.
    const exact_bytes bytes(input);
    bson_t document;
    if (bson_init_static(
            &document,
            reinterpret_cast<const std::uint8_t*>(bytes.view().data()),
            bytes.size())) {
        check_document(documents(false), document);
        check_document(documents(true), document);
    }
}

} // namespace auth::fuzz
