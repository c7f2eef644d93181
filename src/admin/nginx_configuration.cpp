#include "admin/nginx_configuration.h"

#include <filesystem>
#include <functional>
#include <glob.h>

namespace auth {

namespace {

using ending = nginx_statement::ending;
/// Handles a statement of a block.
using handler = std::function<void(nginx_file&, const nginx_statement&)>;

constexpr int most_includes_inside_another = 32;

bool is_block(const nginx_statement& statement, const char* name)
{
    return statement.end == ending::block && statement.words.front() == name;
}

/// The files that a pattern matches, in the order of their names.
std::vector<std::string> match(const std::string& pattern)
{
    if (pattern.find_first_of("*?[") == std::string::npos) {
        return {pattern};
    }
    glob_t found{};
    std::vector<std::string> paths;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    globfree(&found);
    return paths;
}

class configuration_reader
{
public:
    explicit configuration_reader(const std::string& path)
        : path_(std::filesystem::absolute(path)),
          folder_(std::filesystem::path(path_).parent_path())
    {}

    std::vector<realm_block> read()
    {
        nginx_file file(path_, nullptr);
        read_block(file, nullptr, [this](auto& in, const auto& statement) {
            if (is_block(statement, "http")) {
                read_http(in, statement);
            } else {
                skip(in, statement);
            }
        });
        return std::move(blocks_);
    }

private:
    static void skip(nginx_file& file, const nginx_statement& statement)
    {
        if (statement.end == ending::block) {
            file.skip_block(statement);
        }
    }

    /// Reads to the end of the block that `start` begins, or of the file.
    void read_block(nginx_file& file, const nginx_statement* start,
                    const handler& handle)
    {
        for (;;) {
            const nginx_statement statement = file.next();
            switch (statement.end) {
            case ending::file_end:
                if (start != nullptr) {
                    refuse(*start, "the block has no end");
                }
                return;
            case ending::block_end:
                if (start == nullptr) {
                    refuse(statement, "unexpected \"}\"");
                }
                return;
            default:
                break;
            }
            if (statement.words.front() == "include" &&
                statement.end == ending::semicolon) {
                include(statement, handle);
            } else {
                handle(file, statement);
            }
        }
    }

    void include(const nginx_statement& statement, const handler& handle)
    {
        if (statement.words.size() != 2) {
            refuse(statement, "\"include\" takes one file");
        }
        if (depth_ == most_includes_inside_another) {
            refuse(statement, "too many files include one another");
        }
        ++depth_;
        // An absolute path replaces the folder.
        for (const std::string& path : match(folder_ / statement.words[1])) {
            nginx_file file(path, &statement);
            read_block(file, nullptr, handle);
        }
        --depth_;
    }

    void read_http(nginx_file& file, const nginx_statement& start)
    {
        read_block(file, &start, [this](auto& in, const auto& statement) {
            if (is_block(statement, "auth_realm")) {
                read_realm(in, statement);
            } else {
                skip(in, statement);
            }
        });
    }

    void read_realm(nginx_file& file, const nginx_statement& start)
    {
        if (start.words.size() != 2) {
            refuse(start, "\"auth_realm\" takes one name");
        }
        for (const realm_block& other : blocks_) {
            if (other.name == start.words[1]) {
                refuse(start,
                       "auth_realm \"" + other.name + "\" is there twice");
            }
        }
        realm_block block{start, start.words[1], {}};
        read_block(file, &start, [&block](auto& in, const auto& statement) {
            skip(in, statement);
            block.directives.push_back(statement);
        });
        blocks_.push_back(std::move(block));
    }

    const std::filesystem::path path_;
    const std::filesystem::path folder_;
    int depth_ = 0;
    std::vector<realm_block> blocks_;
};

} // namespace

std::vector<realm_block> read_realm_blocks(const std::string& path)
{
    return configuration_reader(path).read();
}

} // namespace auth
