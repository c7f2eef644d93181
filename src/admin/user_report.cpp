#include "admin/user_report.h"

#include "account/username.h"
#include "base/quote.h"
#include "hash/password_hash.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace auth {

namespace {

using json_value = nlohmann::ordered_json;

/// Why the user cannot log in, whatever the password. It is empty if the user
/// can, or could if the user were not disabled.
std::string why_nobody_can_log_in(const listed_user& user)
{
    if (!user.usable) {
        return user.problem;
    }
    if (!can_log_in(user.username)) {
        return "a name that can log in has 1 to 128 bytes of UTF-8, without "
               "control characters and outer spaces";
    }
    const std::string why = why_unusable(user.password.view());
    return why.empty() ? why : "the stored password is " + why;
}

json_value to_json(const listed_user& user)
{
    json_value report;
    report["id"] = user.id;
    report["username"] = user.username;
    report["disabled"] = user.disabled;
    report["roles"] = user.roles;
    report["created_at"] =
        user.created_at.empty() ? json_value() : json_value(user.created_at);
    const std::string why = why_nobody_can_log_in(user);
    if (!why.empty() || !user.problem.empty()) {
        report["problem"] = why.empty() ? user.problem : why;
    }
    return report;
}

/// JSON cannot hold bytes that are not UTF-8.
std::string text_of(const json_value& value)
{
    return value.dump(-1, ' ', false, json_value::error_handler_t::replace);
}

} // namespace

std::string shown(std::string_view name)
{
    return can_log_in(name) ? std::string(name) : quoted_for_log(name);
}

std::string shown(const std::vector<std::string>& roles)
{
    std::string list;
    for (const std::string& role : roles) {
        list += (list.empty() ? "" : ",") + shown(role);
    }
    return list;
}

void user_list::add(const listed_user& user)
{
    if (json_) {
        out_ << (any_ ? ",\n " : "[\n ") << text_of(to_json(user));
        any_ = true;
        return;
    }
    const std::string why = why_nobody_can_log_in(user);
    const std::string& remark = why.empty() ? user.problem : why;
    const char* state = user.disabled  ? "disabled"
                        : !why.empty() ? "cannot log in"
                                       : "active";
    table_.add({shown(user.username), state,
                user.created_at.empty() ? "-" : shown(user.created_at),
                shown(user.roles) + (remark.empty() ? "" : "  # " + remark)});
}

void user_list::end()
{
    if (json_) {
        out_ << (any_ ? "\n]\n" : "[]\n");
    } else {
        table_.end();
    }
}

void report(std::ostream& out, bool json, const listed_user& user,
            const std::string& sentence)
{
    if (json) {
        out << text_of(to_json(user)) << '\n';
    } else {
        out << sentence << '\n';
    }
}

void report_deleted(std::ostream& out, bool json, const listed_user& user)
{
    if (json) {
        json_value report = to_json(user);
        report["deleted"] = true;
        out << text_of(report) << '\n';
    } else {
        out << "Deleted " << shown(user.username) << ".\n";
    }
}

void report_copy(std::ostream& out, bool json, const std::string& file,
                 const std::string& key, const std::string& sentence)
{
    if (json) {
        json_value report;
        report["file"] = file;
        if (!key.empty()) {
            report["key"] = key;
        }
        out << text_of(report) << '\n';
    } else {
        out << sentence << '\n';
    }
}

} // namespace auth
