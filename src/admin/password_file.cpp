#include "admin/password_file.h"

#include "admin/user_report.h"

#include "account/username.h"
#include "hash/password_hash.h"

namespace auth {

namespace {

bool begins_with(std::string_view text, std::string_view with) noexcept
{
    return text.substr(0, with.size()) == with;
}

/// The hash without the comment. Werkzeug's hashes contain colons.
std::string_view hash_in(std::string_view rest) noexcept
{
    if (begins_with(rest, "scrypt:") || begins_with(rest, "pbkdf2:")) {
        return rest;
    }
    return rest.substr(0, rest.find(':'));
}

std::string problem_of(std::string_view name, std::string_view hash)
{
    if (!can_log_in(name)) {
        return "nobody can log in as " + shown(name);
    }
    if (begins_with(hash, "{PLAIN}")) {
        return shown(name) + " has a password in the clear: use \"add\"";
    }
    const std::string why = why_unusable(hash);
    return why.empty() ? why
                       : "the password of " + shown(name) + " is " + why +
                             ": use \"add\" with a new one";
}

} // namespace

password_line read_password_line(std::string_view line)
{
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    password_line read;
    if (line.empty() || line.front() == '#') {
        return read;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) {
        read.problem = "this is no NAME:HASH";
        return read;
    }
    const std::string_view hash = hash_in(line.substr(colon + 1));
    read.name = line.substr(0, colon);
    read.hash = secret(hash);
    read.problem = problem_of(read.name, hash);
    return read;
}

} // namespace auth
