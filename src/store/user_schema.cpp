#include "store/user_schema.h"

#include "base/quote.h"

#include <algorithm>

namespace auth {

namespace {

constexpr std::size_t longest_collection = 120; // a server's own limit: 255
constexpr std::size_t longest_path = 120;

bool is_plain(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](unsigned char c) {
        return c <= ' ' || c == 0x7f || c == '$' || c == '"';
    });
}

bool is_number(std::string_view text)
{
    return text.find_first_not_of("0123456789") == text.npos;
}

checked<void> check_path(std::string_view path)
{
    if (path.size() > longest_path || !is_plain(path)) {
        return refused("a field's name has no blanks, quotation marks or "
                       "\"$\", and at most 120 bytes");
    }
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('.', at), path.size());
        const std::string_view name = path.substr(at, end - at);
        if (name.empty()) {
            return refused("write a field's name, with single dots between "
                           "the names of documents and fields, as in "
                           "local.email");
        }
        if (is_number(name)) {
            return refused("an element of a list cannot be used, only a "
                           "field of a document, as in local.email");
        }
        at = end + 1;
    }
    return {};
}

/// Whether two paths are the same, or one leads through the other.
bool collide(std::string_view first, std::string_view other)
{
    if (first.size() > other.size()) {
        std::swap(first, other);
    }
    return other.substr(0, first.size()) == first &&
           (other.size() == first.size() || other[first.size()] == '.');
}

checked<void> check_collisions(const user_schema& schema)
{
    std::vector<std::string_view> paths{
        "_id",        created_at_field, old_password_origin_field,
        "ngx_auth",   schema.username,  schema.password,
        schema.roles, schema.disabled};
    paths.insert(paths.end(), schema.active.begin(), schema.active.end());
    for (auto path = paths.begin(); path != paths.end(); ++path) {
        for (auto earlier = paths.begin(); earlier != path; ++earlier) {
            if (collide(*path, *earlier)) {
                return refused(
                    in_quotes(*earlier) + " and " + in_quotes(*path) +
                    " cannot be two fields: name another one for each (_id, "
                    "created_at, password_origin and ngx_auth have their own "
                    "uses)");
            }
        }
    }
    return {};
}

std::string* field_of(std::string_view name, user_schema& schema)
{
    return name == "username"   ? &schema.username
           : name == "password" ? &schema.password
           : name == "roles"    ? &schema.roles
           : name == "disabled" ? &schema.disabled
                                : nullptr;
}

checked<void> take_field(std::string_view argument, user_schema& schema)
{
    const std::size_t end = std::min(argument.find('='), argument.size());
    const std::string_view name = argument.substr(0, end);
    std::string* field = field_of(name, schema);
    if (end == argument.size() || (field == nullptr && name != "active")) {
        return refused("write username=PATH, password=PATH, roles=PATH, "
                       "disabled=PATH or active=PATH, not " +
                       in_quotes(argument));
    }
    const std::string_view path = argument.substr(end + 1);
    const checked<void> good = check_path(path);
    if (!good) {
        return refused(in_quotes(argument) + ": " + good.error());
    }
    if (field != nullptr) {
        *field = path;
    } else {
        schema.active = {std::string(path)};
        schema.active_is_written = true;
    }
    return {};
}

} // namespace

checked<user_schema> with_user_collection(user_schema schema,
                                          std::string_view name)
{
    if (name.empty() || name.size() > longest_collection || !is_plain(name) ||
        name.substr(0, 7) == "system." || name.front() == '.' ||
        name.back() == '.') {
        return refused("write the name of a collection, as in accounts: at "
                       "most 120 bytes without blanks, quotation marks and "
                       "\"$\", no dot at either end, not beginning with "
                       "\"system.\"");
    }
    schema.collection = name;
    return schema;
}

checked<user_schema>
with_user_fields(user_schema schema,
                 const std::vector<std::string_view>& arguments)
{
    std::vector<std::string_view> names;
    for (const std::string_view argument : arguments) {
        const std::string_view name = argument.substr(0, argument.find('='));
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            return refused("write " + in_quotes(std::string(name) + "=") +
                           " once");
        }
        const checked<void> taken = take_field(argument, schema);
        if (!taken) {
            return refused(taken.error());
        }
        names.push_back(name);
    }
    if (std::find(names.begin(), names.end(), "username") == names.end()) {
        return refused("write username=PATH, the field that people log in by");
    }
    const checked<void> apart = check_collisions(schema);
    if (!apart) {
        return refused(apart.error());
    }
    return schema;
}

} // namespace auth
