#include "store/sqlite_users_table.h"

#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace auth {

namespace {

constexpr std::string_view table_start = "CREATE TABLE users (";

/// Drops quotation marks around names and folds blanks: programs that show
/// databases write both in their own way.
std::string plain(std::string_view sql)
{
    std::string text;
    for (const char c : sql) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (is_blank && !text.empty() && text.back() != ' ') {
            text += ' ';
        } else if (!is_blank && c != '"' && c != '`' && c != '[' && c != ']') {
            text += c;
        }
    }
    return text;
}

} // namespace

std::string create_users_table()
{
    std::string sql(table_start);
    for (const users_column& each : needed_users_columns) {
        sql.append(sql.back() == '(' ? " " : ", ").append(each.definition);
    }
    for (const users_column& each : optional_users_columns) {
        sql.append(", ").append(each.definition);
    }
    return sql + ")";
}

bool is_our_users_table(std::string_view create_statement)
{
    const std::string text = plain(create_statement);
    if (text.compare(0, table_start.size(), table_start) != 0 ||
        text.back() != ')') {
        return false;
    }
    std::string_view rest(text);
    rest.remove_prefix(table_start.size());
    rest.remove_suffix(1);
    const users_column* needed = std::begin(needed_users_columns);
    while (!rest.empty()) {
        const std::string_view definition = trim(take_part(rest, ","), " ");
        const auto is_it = [&](const users_column& each) {
            return each.definition == definition;
        };
        if (needed != std::end(needed_users_columns)) {
            if (!is_it(*needed++)) {
                return false;
            }
        } else if (std::none_of(std::begin(optional_users_columns),
                                std::end(optional_users_columns), is_it)) {
            return false;
        }
    }
    return needed == std::end(needed_users_columns);
}

bool is_our_index(std::string_view name) noexcept
{
    return std::any_of(
        std::begin(users_indexes), std::end(users_indexes),
        [name](const users_index& each) { return each.name == name; });
}

} // namespace auth
