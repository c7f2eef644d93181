// User names: the rules, and the regular expressions that look for them in
// MongoDB, run by the engine that MongoDB uses as well.

#include "target.h"

#include "account/username.h"
#include "store/mongo_document.h"
#include "store/mongo_name_filter.h"

#include <algorithm>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace auth::fuzz {

namespace {

bool is_inner(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("._@+-").find(c) != std::string_view::npos;
}

/// The sentence of docs/limits.md about new names.
bool is_new_name(std::string_view name)
{
    return name.size() >= 3 && name.size() <= 64 &&
           std::all_of(name.begin(), name.end(), is_inner) &&
           std::string_view("._@+-").find(name.front()) == name.npos &&
           std::string_view("._@+-").find(name.back()) == name.npos;
}

bool matches(const char* pattern, std::string_view name)
{
    int error = 0;
    PCRE2_SIZE at = 0;
    const std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code(
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern),
                      PCRE2_ZERO_TERMINATED, PCRE2_UTF, &error, &at, nullptr),
        pcre2_code_free);
    HOLDS(code != nullptr);
    const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)>
        found(pcre2_match_data_create_from_pattern(code.get(), nullptr),
              pcre2_match_data_free);
    return pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(name.data()),
                       name.size(), 0, 0, found.get(), nullptr) > 0;
}

/// Whether { $or: [ { username: { $regex } } … ] } finds the name.
bool finds(const bson_document& filter, std::string_view name)
{
    bson_iter_t conditions, condition, expression;
    HOLDS(bson_iter_init_find(&conditions, filter.get(), "$or"));
    HOLDS(bson_iter_recurse(&conditions, &condition));
    bool found = false;
    int count = 0;
    while (bson_iter_next(&condition)) {
        bson_iter_t field;
        HOLDS(bson_iter_recurse(&condition, &field));
        HOLDS(bson_iter_find(&field, "username"));
        HOLDS(bson_iter_recurse(&field, &expression));
        HOLDS(bson_iter_find(&expression, "$regex"));
        found |= matches(bson_iter_utf8(&expression, nullptr), name);
        ++count;
    }
    HOLDS(count >= 1 && count <= 8);
    return found;
}

std::string shouted(std::string_view text)
{
    std::string big(text);
    for (char& c : big) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return big;
}

/// Texts that MongoDB can hold.
void check_search(std::string_view name, std::string_view folded)
{
    bson_document filter;
    write_folded_filter("username", folded, filter);
    HOLDS(finds(filter, name));
    HOLDS(finds(filter, shouted(name)));
    HOLDS(!finds(filter, std::string(name) + "x"));
    HOLDS(!finds(filter, "x" + std::string(name)));
}

} // namespace

void run(std::string_view name)
{
    const exact_bytes folded(fold_username(name));
    HOLDS(folded.view() == lower(name));
    HOLDS(folds_to(name, folded.view()));
    HOLDS(!folds_to(name, std::string(folded.view()) + "x"));

    const username_problem problem = check_new_username(folded.view());
    HOLDS((problem == username_problem::none) == is_new_name(folded.view()));
    HOLDS((problem == username_problem::none) == describe(problem).empty());

    const bool can = can_log_in(name);
    HOLDS(can || problem != username_problem::none);
    HOLDS(!can || (!name.empty() && name.size() <= 128 && is_valid_utf8(name)));
    HOLDS(!can || is_mongo_text(name));
    if (can) {
        check_search(name, folded.view());
    }
}

} // namespace auth::fuzz
