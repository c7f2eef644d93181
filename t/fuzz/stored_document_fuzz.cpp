// A user's document as a MongoDB server sends it: as JSON where the input
// begins with "{", for seeds that can be read, else the bytes themselves.

#include "target.h"

#include "account/password_fingerprint.h"
#include "account/username.h"
#include "store/mongo_document.h"
#include "store/mongo_query.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

using code = store_answer::code;

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

/// Whether the first field of this name holds anything that could mean "yes".
bool may_be_disabled(const bson_t& document)
{
    bson_iter_t field;
    if (!bson_iter_init(&field, &document)) {
        return true;
    }
    while (bson_iter_next(&field)) {
        if (std::string_view(bson_iter_key(&field)) != "disabled") {
            continue;
        }
        switch (bson_iter_type(&field)) {
        case BSON_TYPE_NULL:
            return false;
        case BSON_TYPE_BOOL:
            return bson_iter_bool(&field);
        case BSON_TYPE_INT32:
            return bson_iter_int32(&field) != 0;
        case BSON_TYPE_INT64:
            return bson_iter_int64(&field) != 0;
        case BSON_TYPE_DOUBLE:
            return bson_iter_double(&field) != 0;
        default:
            return true;
        }
    }
    // Damaged bytes may have hidden it.
    return field.err_off != 0;
}

/// What a login takes from a user who was found.
void check_user(const bson_t& document, const stored_user& user)
{
    HOLDS(is_user_id(user.id));
    HOLDS(!user.password.empty());
    HOLDS(user.disabled || !may_be_disabled(document));
    password_fingerprint(user);
    if (can_log_in(user.username)) {
        HOLDS(is_mongo_text(user.username));
    }
}

/// Stored again, the user is the same.
void check_written(const stored_user& user)
{
    bson_document document;
    if (!write_user_document(user, document)) {
        return;
    }
    HOLDS(bson_validate(document.get(), BSON_VALIDATE_UTF8, nullptr));
    stored_user again;
    HOLDS(read_user_document(*document.get(), again).done());
    HOLDS(again.id == user.id && again.username == user.username);
    HOLDS(again.password.view() == user.password.view());
    HOLDS(again.disabled == user.disabled && again.roles == user.roles);
}

void check_document(const bson_t& document)
{
    stored_user user;
    const store_answer answer = read_user_document(document, user);
    HOLDS(answer.status == code::done || answer.status == code::unusable);
    HOLDS((answer.status == code::done) || !answer.detail.empty());
    HOLDS(std::all_of(answer.detail.begin(), answer.detail.end(),
                      [](char c) { return c >= ' ' && c < 0x7f; }));
    if (answer.done()) {
        check_user(document, user);
        check_written(user);
    }

    std::string_view name;
    if (read_username(document, name)) {
        HOLDS(name == user.username || answer.status == code::unusable);
        best_match match({"alice", name});
        match.consider(document);
        stored_user found;
        HOLDS(match.take(found).status == answer.status);
        HOLDS(found.id == user.id && found.disabled == user.disabled);
    }
}

} // namespace

void run(std::string_view input)
{
    if (!input.empty() && input[0] == '{') {
        const json_document document(input);
        if (document.get() != nullptr) {
            check_document(*document.get());
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
        check_document(document);
    }
}

} // namespace auth::fuzz
