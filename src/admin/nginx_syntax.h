#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace auth {

/// A directive of a configuration, or the end of a block or of the file.
struct nginx_statement {
    enum class ending { semicolon, block, block_end, file_end };
    ending end = ending::file_end;
    std::vector<std::string> words; ///< unquoted; the first is the name
    std::string file;
    unsigned line = 0;
};

/// Ends the command (exit status 5), and names the file and the line.
[[noreturn]] void refuse(const nginx_statement& at, const std::string& text);

/// Reads a configuration file statement by statement, by nginx's own rules for
/// words, quotes, escapes and comments. The only directive that it knows is
/// `…_by_lua_block`, because these rules do not hold inside of it.
class nginx_file
{
public:
    /// Reads the file. `from` is the statement that includes it, or null.
    nginx_file(const std::string& path, const nginx_statement* from);

    /// The next statement. Do not call it again after file_end.
    nginx_statement next();

    /// Reads on to the end of the block that `start` begins.
    void skip_block(const nginx_statement& start);

private:
    bool at_end() const noexcept { return at_ == text_.size(); }
    char take() noexcept;
    void skip_space_and_comments() noexcept;
    std::string read_word();
    std::string read_quoted();
    std::string read_bare();
    void take_escaped(std::string& word);
    void skip_lua();
    void skip_lua_string(char quote);
    bool skip_long_bracket();
    [[noreturn]] void refuse_here(const std::string& text) const;

    std::string path_;
    std::string text_;
    std::size_t at_ = 0;
    unsigned line_ = 1;
};

} // namespace auth
