#include "admin/commands.h"

#include "admin/backup.h"
#include "admin/failure.h"
#include "admin/import.h"
#include "admin/sqlite_file.h"
#include "admin/terminal.h"
#include "admin/user_report.h"

#include "account/password_policy.h"
#include "account/username.h"
#include "base/text.h"
#include "base/utf8.h"
#include "hash/password_hash.h"
#include "session/session_table.h"
#include "store/admin_store.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

namespace auth {

namespace {

using verb = command_line::verb;
using code = store_failure::code;

void warn(const std::string& text)
{
    std::cerr << "ngx-auth-admin: " << text << '\n';
}

/// Ends the command unless the store has done it.
[[noreturn]] void give_up(const store_failure& why)
{
    switch (why.what) {
    case code::absent:
    case code::changed:
        throw failure(exit_code::no_such_user,
                      "somebody else has just deleted the user");
    case code::unknown:
        throw failure(exit_code::unknown,
                      why.detail +
                          "; it may have been done all the same: look at "
                          "\"list\"");
    case code::taken:    // add() says it
    case code::unusable: // refused before a store is asked
    case code::unavailable:
        break;
    }
    throw failure(exit_code::unavailable, why.detail);
}

/// What the store gives; ends the command if it gives nothing.
template <class Value>
Value expect(store_result<Value> result)
{
    if (!result) {
        give_up(result.error());
    }
    return std::move(*result);
}

/// Whether a store, a header and a directive can hold the role.
bool is_role(const std::string& role)
{
    return can_log_in(role) && role.find_first_of(",\"") == role.npos;
}

/// The roles of the command line, separated by commas or as arguments, each
/// once.
std::vector<std::string> read_roles(const std::vector<std::string>& written)
{
    std::vector<std::string> roles;
    std::size_t size = 0;
    for (const std::string& list : written) {
        for (const std::string_view part : split(list, ",")) {
            std::string role(part);
            if (!is_role(role)) {
                throw failure(exit_code::refused,
                              "no role can be called " + shown(role) +
                                  ": write names without commas, quotation "
                                  "marks and control characters");
            }
            if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
                size += role.size() + 1;
                roles.push_back(std::move(role));
            }
        }
    }
    if (size > session_identity::max_roles + 1) {
        throw failure(exit_code::refused,
                      "these are too many roles: a session holds " +
                          std::to_string(session_identity::max_roles) +
                          " bytes of them, commas included");
    }
    return roles;
}

class administration
{
public:
    administration(const command_line& asked, const realm_settings& with)
        : asked_(asked), with_(with)
    {}

    void run()
    {
        switch (asked_.command) {
        case verb::add:
            add();
            break;
        case verb::import:
            import_file();
            break;
        case verb::list:
            list();
            break;
        case verb::passwd:
            change_password();
            break;
        case verb::disable:
            set_disabled(true);
            break;
        case verb::enable:
            set_disabled(false);
            break;
        case verb::roles:
            show_or_set_roles();
            break;
        case verb::remove:
            remove();
            break;
        case verb::backup:
            save_backup();
            break;
        case verb::restore:
            restore_backup();
            break;
        }
    }

private:
    /// The store, which is opened when it is first needed.
    admin_store& users()
    {
        if (!store_) {
            if (with_.store.what == store_uri::kind::sqlite) {
                enter_sqlite_file(with_.store.path, asked_.create);
            }
            store_ = open_user_store(with_.store, with_.schema);
        }
        return *store_;
    }

    void add()
    {
        stored_user user;
        user.username = fold_username(without_outer_blanks(asked_.user));
        user.roles = read_roles(asked_.roles);
        const auto problem = check_new_username(user.username);
        if (problem != username_problem::none) {
            throw failure(exit_code::refused,
                          "nobody can be called " + shown(asked_.user) + ": " +
                              std::string(describe(problem)));
        }
        if (with_.reserved.count(user.username) != 0 && !asked_.force) {
            throw failure(exit_code::refused,
                          "the name " + user.username +
                              " is reserved (username_reserved); --force "
                              "adds it");
        }
        if (expect(users().is_taken(user.username))) {
            refuse_taken(user.username);
        }
        user.password = new_hash(user.username);
        user.id = new_user_id();
        const store_outcome inserted = users().insert(user);
        if (failure_of(inserted) == code::taken) {
            refuse_taken(user.username);
        }
        expect(inserted);

        listed_user added;
        added.id = user.id;
        added.username = user.username;
        // The user as stored now, only to be shown: the change is done.
        auto found = users().look_up({user.username});
        if (found && found->size() == 1) {
            added = std::move(found->front());
        }
        report(std::cout, asked_.json, added, "Added " + added.username + ".");
    }

    void import_file()
    {
        // before the store is opened: this process becomes the owner of its
        // file
        std::ifstream file;
        if (asked_.file != "-") {
            file.open(asked_.file);
            if (!file || file.peek() == std::ifstream::traits_type::eof()) {
                throw failure(exit_code::usage,
                              asked_.file + " cannot be read, or is empty");
            }
        }
        import_users(asked_.file == "-" ? std::cin : file, users(), asked_.json,
                     std::cout, std::cerr);
    }

    [[noreturn]] static void refuse_taken(const std::string& name)
    {
        throw failure(exit_code::no_such_user,
                      "the name " + name +
                          " is taken (capitals make no difference)");
    }

    void list()
    {
        user_list all(std::cout, asked_.json);
        expect(users().for_each_user(
            [&all](const listed_user& user) { all.add(user); }));
        all.end();
    }

    void change_password()
    {
        listed_user user = find();
        user_changes changes;
        changes.password = new_hash(user.username);
        change(user, changes);
        report(std::cout, asked_.json, user,
               "Changed the password of " + shown(user.username) + ".");
    }

    void set_disabled(bool disabled)
    {
        listed_user user = find();
        user_changes changes;
        changes.disabled = disabled;
        change(user, changes);
        report(std::cout, asked_.json, user,
               (disabled ? "Disabled " : "Enabled ") + shown(user.username) +
                   ".");
    }

    void show_or_set_roles()
    {
        listed_user user = find();
        if (!asked_.roles.empty() || asked_.no_roles) {
            user_changes changes;
            changes.roles = read_roles(asked_.roles);
            change(user, changes);
        }
        report(std::cout, asked_.json, user,
               shown(user.username) + (user.roles.empty()
                                           ? " has no roles."
                                           : ": " + shown(user.roles)));
    }

    void remove()
    {
        const listed_user user = find();
        refuse_unknown_id(user);
        if (!asked_.yes && !input_is_terminal()) {
            throw failure(exit_code::not_confirmed,
                          "nothing was deleted: say --yes where there is no "
                          "terminal to ask");
        }
        if (!asked_.yes &&
            !confirm("Delete " + shown(user.username) + " for good? [y/N] ")) {
            throw failure(exit_code::not_confirmed, "nothing was deleted");
        }
        expect(users().remove_user(user.id));
        report_deleted(std::cout, asked_.json, user);
    }

    void save_backup()
    {
        refuse_mongodb("mongodump");
        back_up_sqlite(with_.store.path, asked_.file);
        report_copy(std::cout, asked_.json, asked_.file,
                    "Saved " + with_.store.path + " as " + asked_.file + ".");
    }

    void restore_backup()
    {
        refuse_mongodb("mongorestore");
        const sqlite_copy copy(asked_.file);
        if (!asked_.yes && input_is_terminal() &&
            !confirm("Replace all users in " + with_.store.path + " by the " +
                     std::to_string(copy.users()) + " of " + asked_.file +
                     "? [y/N] ")) {
            throw failure(exit_code::not_confirmed, "nothing was restored");
        }
        copy.restore_to(with_.store.path);
        report_copy(std::cout, asked_.json, asked_.file,
                    "Restored " + with_.store.path + " from " + asked_.file +
                        "; users in it: " + std::to_string(copy.users()) + ".");
    }

    void refuse_mongodb(const std::string& program) const
    {
        if (with_.store.what == store_uri::kind::mongodb) {
            throw failure(exit_code::usage,
                          "this is for SQLite; for MongoDB use " + program);
        }
    }

    /// The user with the name that was typed: exactly, or in small letters, as
    /// at a login. First the name with the blanks around it, because a user may
    /// be stored with them.
    listed_user find()
    {
        const std::string& name = asked_.user;
        const std::string typed(without_outer_blanks(name));
        const std::string folded = fold_username(typed);
        std::vector<std::string> names{name};
        for (const std::string& other : {typed, folded}) {
            if (other != names.back()) {
                names.push_back(other);
            }
        }
        std::vector<listed_user> found = expect(users().look_up(names));
        for (const std::string& wanted : names) {
            const auto is_wanted = [&wanted](const listed_user& user) {
                return user.username == wanted;
            };
            const auto count =
                std::count_if(found.begin(), found.end(), is_wanted);
            if (count > 1) {
                throw failure(exit_code::failed,
                              "several users are called " + shown(wanted) +
                                  "; remove all but one in the database");
            }
            if (count == 1) {
                return std::move(
                    *std::find_if(found.begin(), found.end(), is_wanted));
            }
        }
        const bool other_spelling = users().is_taken(folded).value_or(false);
        throw failure(exit_code::no_such_user,
                      "there is no user " + shown(name) +
                          (other_spelling ? "; write the capitals as \"list\" "
                                            "shows them"
                                          : ""));
    }

    /// The store finds users only by ids of its own kind.
    static void refuse_unknown_id(const listed_user& user)
    {
        if (user.id.empty()) {
            throw failure(exit_code::failed,
                          "this user can only be changed in the database: " +
                              user.problem);
        }
    }

    /// Changes the user in the store and in this object.
    void change(listed_user& user, const user_changes& changes)
    {
        refuse_unknown_id(user);
        expect(users().change_user(user.id, changes));
        auto found = users().look_up({user.username});
        if (found && found->size() == 1) {
            user = std::move(found->front());
        }
    }

    /// Asks for a new password and hashes it.
    secret new_hash(const std::string& username)
    {
        secret password = ask_new_password(shown(username));
        if (!is_utf8(password.view())) {
            throw failure(exit_code::refused, "the password is no UTF-8 text");
        }
        if (has_control_character(password.view())) {
            throw failure(exit_code::refused,
                          "the password has a control character");
        }
        password = normalize_nfc(password.view());
        const std::string complaint =
            check_new_password(password.view(), username, with_.policy);
        if (!complaint.empty() && !asked_.force) {
            throw failure(exit_code::refused,
                          complaint + " (--force takes it all the same)");
        }
        if (!complaint.empty()) {
            warn("against password_policy: " + complaint);
        }
        return hash_password(password.view(), with_.cost);
    }

    const command_line& asked_;
    const realm_settings& with_;
    std::unique_ptr<admin_store> store_;
};

} // namespace

void run_command(const command_line& asked, const realm_settings& with)
{
    administration(asked, with).run();
    if (!std::cout.flush()) {
        throw failure(exit_code::failed,
                      "the answer could not be written to standard output");
    }
}

} // namespace auth
