#include "admin/nginx_syntax.h"

#include "admin/failure.h"

#include "base/regular_file.h"
#include "base/text.h"

#include <utility>

namespace auth {

namespace {

using ending = nginx_statement::ending;

/// Configurations with long lists of addresses have some megabytes.
constexpr std::size_t largest_file = 64 * 1024 * 1024;

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

} // namespace

void refuse(const nginx_statement& at, const std::string& text)
{
    throw failure(exit_code::failed,
                  at.file + ":" + std::to_string(at.line) + ": " + text);
}

nginx_file::nginx_file(const std::string& path, const nginx_statement* from)
    : path_(path)
{
    if (const int error = read_regular_file(path, largest_file, text_)) {
        const std::string problem =
            explain_file_error(path, error, largest_file);
        if (from != nullptr) {
            refuse(*from, problem);
        }
        throw failure(exit_code::failed, problem);
    }
}

void nginx_file::refuse_here(const std::string& text) const
{
    refuse({ending::file_end, {}, path_, line_}, text);
}

char nginx_file::take() noexcept
{
    const char c = text_[at_++];
    line_ += c == '\n' ? 1 : 0;
    return c;
}

void nginx_file::skip_space_and_comments() noexcept
{
    while (!at_end() && (is_space(text_[at_]) || text_[at_] == '#')) {
        if (take() == '#') {
            while (!at_end() && take() != '\n') {
            }
        }
    }
}

nginx_statement nginx_file::next()
{
    nginx_statement statement;
    statement.file = path_;
    for (;;) {
        skip_space_and_comments();
        if (statement.words.empty()) {
            statement.line = line_;
        }
        if (at_end()) {
            if (!statement.words.empty()) {
                refuse_here("the file ends within a directive");
            }
            statement.end = ending::file_end;
            return statement;
        }
        const char c = text_[at_];
        if (c != ';' && c != '{' && c != '}') {
            statement.words.push_back(read_word());
            continue;
        }
        if (statement.words.empty() != (c == '}')) {
            refuse_here(std::string("unexpected \"") + c + "\"");
        }
        take();
        statement.end = c == ';'   ? ending::semicolon
                        : c == '{' ? ending::block
                                   : ending::block_end;
        return statement;
    }
}

std::string nginx_file::read_word()
{
    return text_[at_] == '"' || text_[at_] == '\'' ? read_quoted()
                                                   : read_bare();
}

std::string nginx_file::read_quoted()
{
    std::string word;
    const char quote = take();
    for (;;) {
        if (at_end()) {
            refuse_here(std::string("the file ends within ") + quote);
        }
        const char c = take();
        if (c == quote) {
            break;
        }
        if (c == '\\') {
            take_escaped(word);
        } else {
            word += c;
        }
    }
    const std::string after = at_end() ? "" : text_.substr(at_, 1);
    if (!after.empty() && !is_space(after[0]) &&
        std::string(";{)").find(after) == std::string::npos) {
        refuse_here("unexpected \"" + after + "\" after a quoted word");
    }
    return word;
}

std::string nginx_file::read_bare()
{
    std::string word;
    bool variable = false; // "${" begins a variable's name, not a block
    while (!at_end()) {
        const char c = text_[at_];
        if (is_space(c) || c == ';' || (c == '{' && !variable)) {
            break;
        }
        take();
        variable = c == '$' || (c == '{' && variable);
        if (c == '\\') {
            take_escaped(word);
        } else {
            word += c;
        }
    }
    return word;
}

/// What follows a backslash.
void nginx_file::take_escaped(std::string& word)
{
    if (at_end()) {
        refuse_here("the file ends with a backslash");
    }
    const char c = take();
    switch (c) {
    case '"':
    case '\'':
    case '\\':
        word += c;
        break;
    case 't':
        word += '\t';
        break;
    case 'r':
        word += '\r';
        break;
    case 'n':
        word += '\n';
        break;
    default:
        word += {'\\', c};
    }
}

void nginx_file::skip_block(const nginx_statement& start)
{
    // No recursion: a file may nest blocks deeper than the stack can hold.
    std::vector<nginx_statement> open{start};
    while (!open.empty()) {
        if (ends_with(open.back().words.front(), "_by_lua_block")) {
            skip_lua();
            open.pop_back();
            continue;
        }
        nginx_statement inner = next();
        switch (inner.end) {
        case ending::semicolon:
            break;
        case ending::block:
            open.push_back(std::move(inner));
            break;
        case ending::block_end:
            open.pop_back();
            break;
        case ending::file_end:
            refuse(open.back(), "the block has no end");
        }
    }
}

/// Skips Lua up to the "}" that closes the block. Braces count unless they are
/// in a string or in a comment.
void nginx_file::skip_lua()
{
    const unsigned start = line_;
    for (unsigned depth = 1; !at_end();) {
        if (skip_long_bracket()) {
            continue;
        }
        const char c = take();
        if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return;
        } else if (c == '"' || c == '\'') {
            skip_lua_string(c);
        } else if (c == '-' && !at_end() && text_[at_] == '-') {
            take();
            if (!skip_long_bracket()) {
                while (!at_end() && take() != '\n') {
                }
            }
        }
    }
    line_ = start;
    refuse_here("the Lua block has no end");
}

/// Skips the rest of Lua's "…" or '…', which ends with its line at the latest.
void nginx_file::skip_lua_string(char quote)
{
    while (!at_end() && text_[at_] != quote && text_[at_] != '\n') {
        if (take() == '\\' && !at_end()) {
            take();
        }
    }
    if (!at_end()) {
        take();
    }
}

/// Skips Lua's [[…]] or [=[…]=]. Returns false if none begins here.
bool nginx_file::skip_long_bracket()
{
    if (at_end() || text_[at_] != '[') {
        return false;
    }
    const std::size_t inner = text_.find_first_not_of('=', at_ + 1);
    if (inner == std::string::npos || text_[inner] != '[') {
        return false;
    }
    const std::string close = "]" + std::string(inner - at_ - 1, '=') + "]";
    std::size_t end = text_.find(close, inner + 1);
    end = end == std::string::npos ? text_.size() : end + close.size();
    while (at_ < end) {
        take();
    }
    return true;
}

} // namespace auth
