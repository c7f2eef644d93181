#include "store/mongo_document.h"

#include "store/mongo_epoch.h"
#include "store/mongo_field.h"
#include "store/mongo_id.h"

#include "base/utf8.h"

#include <algorithm>
#include <chrono>

namespace auth {

namespace {

using code = store_failure::code;

bool bytes_of(const bson_iter_t& field, std::string_view& bytes)
{
    if (BSON_ITER_HOLDS_UTF8(&field)) {
        bytes = text_of(field);
        return true;
    }
    if (!BSON_ITER_HOLDS_BINARY(&field)) {
        return false;
    }
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t length = 0;
    const uint8_t* data = nullptr;
    bson_iter_binary(&field, &subtype, &length, &data);
    bytes = {reinterpret_cast<const char*>(data), length};
    return subtype == BSON_SUBTYPE_BINARY;
}

/// Whether all fields can be read, also those of documents in them. Nothing is
/// found behind a damaged field, not even that the user is disabled.
bool is_whole(const bson_t& document, int depth = 0)
{
    constexpr int deepest = 100; // as servers allow
    bson_iter_t field;
    if (depth > deepest || !bson_iter_init(&field, &document)) {
        return false;
    }
    while (bson_iter_next(&field)) {
        if (!BSON_ITER_HOLDS_DOCUMENT(&field)) {
            continue;
        }
        uint32_t size = 0;
        const uint8_t* bytes = nullptr;
        bson_t below;
        bson_iter_document(&field, &size, &bytes);
        if (bytes == nullptr || !bson_init_static(&below, bytes, size) ||
            !is_whole(below, depth + 1)) {
            return false;
        }
    }
    return field.err_off == 0;
}

/// What a field says, or `otherwise` if it is missing or null.
std::optional<bool> read_truth(const bson_t& document, const std::string& path,
                               bool otherwise)
{
    bson_iter_t field;
    if (!find_field(document, path, field) || BSON_ITER_HOLDS_NULL(&field)) {
        return otherwise;
    }
    return truth_of(field);
}

bool read_text(const bson_t& document, const std::string& path,
               std::string& text)
{
    bson_iter_t field;
    if (!find_field(document, path, field) || !BSON_ITER_HOLDS_UTF8(&field)) {
        return false;
    }
    text = text_of(field);
    return true;
}

} // namespace

bool is_mongo_text(std::string_view text) noexcept
{
    // Names and hashes are far below this bound.
    return text.size() <= 65536 && is_utf8(text) &&
           text.find('\0') == text.npos;
}

bool mongo_user_documents::write(const stored_user& user,
                                 bson_document& document) const
{
    bson_document flat;
    if (!is_user_id(user.id) || !append_id(user.id, "_id", flat) ||
        user.username.empty() || !is_mongo_text(user.username) ||
        user.password.empty() || !is_mongo_text(user.password.view()) ||
        !std::all_of(user.roles.begin(), user.roles.end(), is_mongo_text)) {
        return false;
    }
    using namespace std::chrono;
    auto now = system_clock::now().time_since_epoch();
    flat.text(schema_.username.c_str(), user.username);
    flat.text(schema_.password.c_str(), user.password.view());
    flat.date(created_at_field, duration_cast<milliseconds>(now).count());
    if (user.disabled) {
        flat.boolean(schema_.disabled.c_str(), true);
    }
    if (!user.roles.empty()) {
        write_roles(schema_.roles, user.roles, flat);
    }
    nest_fields(flat, document);
    return true;
}

void write_roles(const std::string& path, const std::vector<std::string>& roles,
                 bson_document& document)
{
    bson_document list;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        list.text(std::to_string(i).c_str(), roles[i]);
    }
    document.array(path.c_str(), list);
}

void mongo_user_documents::write_projection(bson_document& projection) const
{
    for (const std::string* path : {&schema_.username, &schema_.password,
                                    &schema_.disabled, &schema_.roles}) {
        projection.boolean(path->c_str(), true);
    }
    for (const std::string& path : schema_.active) {
        projection.boolean(path.c_str(), true);
    }
    for (const char* path : {created_at_field, password_origin_field,
                             old_password_origin_field, epoch_field}) {
        projection.boolean(path, true);
    }
}

store_outcome mongo_user_documents::read(const bson_t& document,
                                         stored_user& user) const
{
    if (!is_whole(document)) {
        return failed(code::unusable,
                      "a user cannot log in: the document is damaged");
    }
    read_username(document, user.username);
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, "_id") ||
        !write_id_text(field, user.id)) {
        user.id.clear();
        return failed(code::unusable,
                      "a user cannot log in: the _id is longer than 64 bytes");
    }

    const bool all_roles = read_roles(document, user.roles);
    // A value that nobody understands must not let a disabled user in.
    std::string unclear;
    const bool disabled_is_known =
        read_disabled(document, user.disabled, unclear);

    const std::string who = "user with _id " + user.id;
    std::string_view password;
    if (!read_password(document, password) || password.empty()) {
        return failed(code::unusable,
                      who + " cannot log in: the password is "
                            "neither String nor Binary, or empty");
    }
    user.password = secret(password);
    if (!read_text(document, password_origin_field, user.password_origin)) {
        read_text(document, old_password_origin_field, user.password_origin);
    }
    if (!disabled_is_known) {
        return failed(code::unusable, who + " cannot log in: " + unclear +
                                          " is neither true nor false");
    }
    if (!read_epoch(document, user.epoch)) {
        return failed(code::unusable, who + " cannot log in: " + epoch_field +
                                          " is no whole number from 0 on");
    }
    if (!all_roles) {
        return store_note{who +
                          " has roles that are left out: " + schema_.roles +
                          " must be String or an Array of String"};
    }
    return store_note{};
}

/// Returns false, with the field's name in `unclear`, if the field is anything
/// else than true, false, a number or null.
bool mongo_user_documents::read_disabled(const bson_t& document, bool& disabled,
                                         std::string& unclear) const
{
    const auto disabled_there = read_truth(document, schema_.disabled, false);
    disabled = disabled_there.value_or(false);
    if (!disabled_there) {
        unclear = schema_.disabled;
    }
    for (const std::string& path : schema_.active) {
        const auto active = read_truth(document, path, true);
        disabled |= !active.value_or(true);
        if (!active) {
            unclear = path;
        }
    }
    return unclear.empty();
}

/// Returns false if it had to leave something out. A String is one role.
bool mongo_user_documents::read_roles(const bson_t& document,
                                      std::vector<std::string>& roles) const
{
    bson_iter_t field;
    bson_iter_t role;
    if (!find_field(document, schema_.roles, field) ||
        BSON_ITER_HOLDS_NULL(&field)) {
        return true;
    }
    if (BSON_ITER_HOLDS_UTF8(&field)) {
        if (!text_of(field).empty()) {
            roles.emplace_back(text_of(field));
        }
        return true;
    }
    if (!BSON_ITER_HOLDS_ARRAY(&field) || !bson_iter_recurse(&field, &role)) {
        return false;
    }
    bool all = true;
    while (bson_iter_next(&role)) {
        if (BSON_ITER_HOLDS_UTF8(&role)) {
            roles.emplace_back(text_of(role));
        } else {
            all = false;
        }
    }
    return all && role.err_off == 0;
}

bool mongo_user_documents::read_username(const bson_t& document,
                                         std::string& username) const
{
    bson_iter_t field;
    if (!find_field(document, schema_.username, field)) {
        return false;
    }
    const auto name = text_or_digits(field);
    username = name.value_or("");
    return name.has_value();
}

bool mongo_user_documents::read_password(const bson_t& document,
                                         std::string_view& password) const
{
    bson_iter_t field;
    return find_field(document, schema_.password, field) &&
           bytes_of(field, password);
}

} // namespace auth
