#include "admin/import.h"

#include "admin/failure.h"
#include "admin/password_file.h"
#include "admin/user_report.h"

#include "account/username.h"
#include "base/wiped_string.h"

#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

namespace auth {

namespace {

using json_value = nlohmann::ordered_json;
using code = store_failure::code;

class user_import
{
public:
    user_import(admin_store& users, std::ostream& complaints)
        : users_(users), complaints_(complaints)
    {}

    void add_line(std::string_view text)
    {
        ++number_;
        password_line line = read_password_line(text);
        if (line.blank()) {
            return;
        }
        if (!line.problem.empty()) {
            ++refused_;
            skip(line.name, line.problem);
            return;
        }
        if (add(line)) {
            added_.push_back(line.name);
        } else {
            skip(line.name, "the name " + shown(line.name) +
                                " is taken (capitals make no difference)");
        }
    }

    void report(std::ostream& out, bool json) const
    {
        if (json) {
            const json_value all{{"added", added_}, {"skipped", skipped_}};
            out << all.dump(-1, ' ', false,
                            json_value::error_handler_t::replace)
                << '\n';
        } else {
            out << "Added " << added_.size()
                << (added_.size() == 1 ? " user" : " users") << ", skipped "
                << skipped_.size()
                << (skipped_.size() == 1 ? " line.\n" : " lines.\n");
        }
    }

    std::size_t refused() const { return refused_; }

private:
    void skip(const std::string& name, const std::string& reason)
    {
        complaints_ << "ngx-auth-admin: line " << number_ << ": " << reason
                    << '\n';
        skipped_.push_back(
            {{"line", number_}, {"username", name}, {"reason", reason}});
    }

    /// False where the name is taken.
    bool add(password_line& line)
    {
        const store_result<bool> taken =
            users_.is_taken(fold_username(line.name));
        if (!taken) {
            fail(taken.error());
        }
        if (*taken) {
            return false;
        }
        stored_user user;
        user.id = new_user_id();
        user.username = line.name;
        user.password = std::move(line.hash);
        const store_outcome inserted = users_.insert(user);
        if (!inserted && inserted.error().what != code::taken) {
            fail(inserted.error());
        }
        return inserted.has_value();
    }

    /// Ends the import.
    [[noreturn]] void fail(const store_failure& why) const
    {
        const bool lost = why.what == code::unknown;
        throw failure(lost ? exit_code::unknown : exit_code::unavailable,
                      "line " + std::to_string(number_) + ": " + why.detail +
                          "; the lines before it are done: run it again, and "
                          "they are skipped");
    }

    admin_store& users_;
    std::ostream& complaints_;
    std::size_t number_ = 0;
    std::size_t refused_ = 0;
    std::vector<std::string> added_;
    json_value skipped_ = json_value::array();
};

} // namespace

void import_users(std::istream& file, admin_store& users, bool json,
                  std::ostream& out, std::ostream& complaints)
{
    user_import all(users, complaints);
    wiped_string line;
    while (std::getline(file, line)) {
        all.add_line(line);
    }
    if (file.bad()) {
        throw failure(exit_code::failed, "the file cannot be read to its end");
    }
    all.report(out, json);
    if (all.refused() != 0) {
        throw failure(exit_code::refused,
                      std::to_string(all.refused()) +
                          (all.refused() == 1 ? " line was" : " lines were") +
                          " not taken; all others are done");
    }
}

} // namespace auth
