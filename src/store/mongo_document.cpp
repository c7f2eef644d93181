#include "mongo_document.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace auth {

namespace {

using code = store_answer::code;

/// So many letters at the start of a name are written out instead of as a
/// class, in each combination of small and capital: an index on username can
/// then look at the names with that start only.
constexpr std::size_t written_out_letters = 3;

char fold(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) noexcept
{
    return c >= 'a' && c <= 'z';
}

char capital(char letter) noexcept
{
    return static_cast<char>(letter - 'a' + 'A');
}

/// Appends a character as a regular expression that matches only itself.
void append_literal(std::string& pattern, char c)
{
    bool is_plain = fold(c) != c || is_letter(c) || (c >= '0' && c <= '9') ||
                    static_cast<unsigned char>(c) >= 0x80;
    if (!is_plain) {
        pattern += '\\';
    }
    pattern += c;
}

/// Bit n of `capitals` tells how the n-th letter is written out.
std::string folded_pattern(std::string_view folded, unsigned capitals)
{
    std::string pattern = "^";
    std::size_t letters = 0;
    for (char c : folded) {
        if (!is_letter(c)) {
            append_literal(pattern, c);
        } else if (letters < written_out_letters) {
            bool big = (capitals >> letters & 1U) != 0;
            pattern += big ? capital(c) : c;
            ++letters;
        } else {
            pattern += {'[', c, capital(c), ']'};
        }
    }
    return pattern + "$";
}

std::string_view text_of(const bson_iter_t& field)
{
    uint32_t length = 0;
    const char* text = bson_iter_utf8(&field, &length);
    return {text, length};
}

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

/// Whether the fields can be read to the last one: behind a damaged one
/// none would be found, and so not that the user is disabled.
bool is_whole(const bson_t& document)
{
    bson_iter_t field;
    if (!bson_iter_init(&field, &document)) {
        return false;
    }
    while (bson_iter_next(&field)) {
    }
    return field.err_off == 0;
}

/// Field `disabled`: false if something else is there than true, false, a
/// number or null.
bool read_disabled(const bson_t& document, bool& disabled)
{
    bson_iter_t field;
    disabled = false;
    if (!bson_iter_init_find(&field, &document, "disabled") ||
        BSON_ITER_HOLDS_NULL(&field)) {
        return true;
    }
    if (!BSON_ITER_HOLDS_BOOL(&field) && !BSON_ITER_HOLDS_NUMBER(&field)) {
        return false;
    }
    disabled = bson_iter_as_bool(&field);
    return true;
}

/// Field `roles`: false if something was left out.
bool read_roles(const bson_t& document, std::vector<std::string>& roles)
{
    bson_iter_t field;
    bson_iter_t role;
    if (!bson_iter_init_find(&field, &document, "roles") ||
        BSON_ITER_HOLDS_NULL(&field)) {
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

} // namespace

bool is_mongo_text(std::string_view text) noexcept
{
    // libbson's own check has looped on bad input (CVE-2023-0437) where the
    // size did not fit; names and hashes are far below this bound.
    return text.size() <= 65536 &&
           bson_utf8_validate(text.data(), text.size(), false);
}

bool parse_object_id(const std::string& text, bson_oid_t& id) noexcept
{
    if (!is_user_id(text)) {
        return false;
    }
    bson_oid_init_from_string(&id, text.c_str());
    return true;
}

bool write_user_document(const stored_user& user, bson_document& document)
{
    bson_oid_t id;
    if (!parse_object_id(user.id, id) || user.username.empty() ||
        !is_mongo_text(user.username) || user.password.empty() ||
        !is_mongo_text(user.password.view()) ||
        !std::all_of(user.roles.begin(), user.roles.end(), is_mongo_text)) {
        return false;
    }
    using namespace std::chrono;
    auto now = system_clock::now().time_since_epoch();
    document.id("_id", id);
    document.text("username", user.username);
    document.text("password", user.password.view());
    document.date("created_at", duration_cast<milliseconds>(now).count());
    if (user.disabled) {
        document.boolean("disabled", true);
    }
    if (!user.roles.empty()) {
        write_roles(user.roles, document);
    }
    return true;
}

void write_roles(const std::vector<std::string>& roles, bson_document& document)
{
    bson_document list;
    for (std::size_t i = 0; i < roles.size(); ++i) {
        list.text(std::to_string(i).c_str(), roles[i]);
    }
    document.array("roles", list);
}

store_answer read_user_document(const bson_t& document, stored_user& user)
{
    if (!is_whole(document)) {
        return {code::unusable,
                "a user cannot log in: the document is damaged"};
    }
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, "_id") ||
        !BSON_ITER_HOLDS_OID(&field)) {
        return {code::unusable, "a user cannot log in: the _id is no ObjectId"};
    }
    std::array<char, 25> digits{};
    bson_oid_to_string(bson_iter_oid(&field), digits.data());
    user.id = digits.data();

    std::string_view name;
    read_username(document, name);
    user.username = name;

    const bool all_roles = read_roles(document, user.roles);
    // Anything that cannot be understood must not let a disabled user in.
    const bool disabled_is_known = read_disabled(document, user.disabled);

    const std::string who = "user with _id " + user.id;
    std::string_view password;
    if (!read_password(document, password) || password.empty()) {
        return {code::unusable, who + " cannot log in: the password is "
                                      "neither String nor Binary, or empty"};
    }
    user.password = secret(password);
    if (bson_iter_init_find(&field, &document, "password_origin") &&
        BSON_ITER_HOLDS_UTF8(&field)) {
        user.password_origin = text_of(field);
    }
    if (!disabled_is_known) {
        return {code::unusable,
                who + " cannot log in: disabled is neither true nor false"};
    }
    if (!all_roles) {
        return {code::done,
                who + " has roles that are left out: roles must be an Array "
                      "of String"};
    }
    return {code::done, {}};
}

bool read_username(const bson_t& document, std::string_view& username)
{
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, "username") ||
        !BSON_ITER_HOLDS_UTF8(&field)) {
        return false;
    }
    username = text_of(field);
    return true;
}

bool read_password(const bson_t& document, std::string_view& password)
{
    bson_iter_t field;
    return bson_iter_init_find(&field, &document, "password") &&
           bytes_of(field, password);
}

void write_name_filter(const std::vector<std::string_view>& names,
                       bson_document& filter)
{
    bson_document list;
    for (std::size_t i = 0; i < names.size(); ++i) {
        list.text(std::to_string(i).c_str(), names[i]);
    }
    bson_document in;
    in.array("$in", list);
    filter.document("username", in);
}

void write_folded_filter(std::string_view folded, bson_document& filter)
{
    auto letters = static_cast<std::size_t>(
        std::count_if(folded.begin(), folded.end(), is_letter));
    unsigned patterns = 1U << std::min(letters, written_out_letters);

    bson_document list;
    for (unsigned capitals = 0; capitals < patterns; ++capitals) {
        bson_document expression;
        expression.text("$regex", folded_pattern(folded, capitals));
        bson_document condition;
        condition.document("username", expression);
        list.document(std::to_string(capitals).c_str(), condition);
    }
    filter.array("$or", list);
}

bool folds_to(std::string_view name, std::string_view folded) noexcept
{
    return std::equal(name.begin(), name.end(), folded.begin(), folded.end(),
                      [](char a, char b) { return fold(a) == b; });
}

} // namespace auth
