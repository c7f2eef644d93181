#include "store/mongo_listed_user.h"

#include "store/mongo_field.h"
#include "store/mongo_id.h"

#include "base/utc_time.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace auth {

namespace {

/// Reads the field `created_at`, which is a Date or a text.
std::string read_created_at(const bson_t& document)
{
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, "created_at")) {
        return {};
    }
    if (BSON_ITER_HOLDS_UTF8(&field)) {
        uint32_t length = 0;
        const char* text = bson_iter_utf8(&field, &length);
        return {text, length};
    }
    return BSON_ITER_HOLDS_DATE_TIME(&field)
               ? utc_time(bson_iter_date_time(&field) / 1000)
               : std::string();
}

/// Begins the place of a number. A text that a server can look for does not.
constexpr char number_mark = '\0';

std::string place_of(const bson_iter_t& name)
{
    switch (bson_iter_type(&name)) {
    case BSON_TYPE_UTF8:
        return std::string(text_of(name));
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return number_mark + std::to_string(bson_iter_as_int64(&name));
    default: {
        std::array<char, 64> text{};
        const int length = std::snprintf(text.data(), text.size(), "%.17g",
                                         bson_iter_as_double(&name));
        return number_mark +
               std::string(text.data(), static_cast<std::size_t>(length));
    }
    }
}

} // namespace

listed_user read_listed_document(const mongo_user_documents& documents,
                                 const bson_t& document)
{
    stored_user user;
    const store_outcome read = documents.read(document, user);
    listed_user listed = list_user(std::move(user), read);
    listed.created_at = read_created_at(document);
    bson_iter_t name;
    if (find_field(document, documents.schema().username, name)) {
        listed.place = place_of(name);
    }
    if (listed.username.empty() && listed.usable) {
        listed.usable = false;
        listed.problem =
            documents.schema().username + " is neither text nor a whole number";
    }
    return listed;
}

bool is_place_of_number(const std::string& place) noexcept
{
    return !place.empty() && place[0] == number_mark;
}

void write_number_filter(const std::string& path, const std::string& place,
                         bson_document& filter)
{
    const std::string after = is_place_of_number(place) ? place.substr(1) : "";
    bson_document behind;
    if (const auto number = number_of_digits(after)) {
        behind.number("$gt", *number);
    } else {
        bson_append_double(behind.get(), "$gt", -1,
                           after.empty() ? -HUGE_VAL
                                         : std::strtod(after.c_str(), nullptr));
    }
    filter.document(path.c_str(), behind);
}

} // namespace auth
