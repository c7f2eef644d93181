#include "admin/commands.h"

#include "admin/backup.h"
#include "admin/expect.h"
#include "admin/failure.h"
#include "admin/import.h"
#include "admin/key_copy.h"
#include "admin/new_password.h"
#include "admin/role_arguments.h"
#include "admin/session_commands.h"
#include "admin/terminal.h"
#include "admin/user_directory.h"
#include "admin/user_report.h"

#include "account/username.h"
#include "base/text.h"
#include "store/sqlite_key_file.h"

#include <fstream>
#include <iostream>

namespace auth {

namespace {

using verb = command_line::verb;

class administration
{
public:
    administration(const command_line& asked, const realm_settings& with)
        : asked_(asked), with_(with), users_(with, asked.create)
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
        case verb::sessions:
            list_sessions(asked_, users_);
            break;
        case verb::logout:
            log_out(asked_, users_);
            break;
        case verb::backup:
            save_backup();
            break;
        case verb::restore:
            restore_backup();
            break;
        case verb::forget_key:
            forget_key();
            break;
        }
    }

private:
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
        users_.refuse_taken(user.username);
        user.password = ask_new_hash(user.username, with_, asked_.force);
        user.id = new_user_id();
        const listed_user added = users_.add(user);
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
        import_users(asked_.file == "-" ? std::cin : file, users_.store(),
                     asked_.json, std::cout, std::cerr);
    }

    void list()
    {
        user_list all(std::cout, asked_.json);
        users_.for_each([&all](const listed_user& user) { all.add(user); });
        all.end();
    }

    void change_password()
    {
        listed_user user = users_.find(asked_.user);
        user_changes changes;
        changes.password = ask_new_hash(user.username, with_, asked_.force);
        users_.change(user, changes);
        report(std::cout, asked_.json, user,
               "Changed the password of " + shown(user.username) + ".");
    }

    void set_disabled(bool disabled)
    {
        listed_user user = users_.find(asked_.user);
        user_changes changes;
        changes.disabled = disabled;
        users_.change(user, changes);
        report(std::cout, asked_.json, user,
               (disabled ? "Disabled " : "Enabled ") + shown(user.username) +
                   ".");
    }

    void show_or_set_roles()
    {
        listed_user user = users_.find(asked_.user);
        if (!asked_.roles.empty() || asked_.no_roles) {
            user_changes changes;
            changes.roles = read_roles(asked_.roles);
            users_.change(user, changes);
        }
        report(std::cout, asked_.json, user,
               shown(user.username) + (user.roles.empty()
                                           ? " has no roles."
                                           : ": " + shown(user.roles)));
    }

    void remove()
    {
        const listed_user user = users_.find(asked_.user);
        user_directory::refuse_unknown_id(user);
        if (!asked_.yes && !input_is_terminal()) {
            throw failure(exit_code::not_confirmed,
                          "nothing was deleted: say --yes where there is no "
                          "terminal to ask");
        }
        if (!asked_.yes &&
            !confirm("Delete " + shown(user.username) + " for good? [y/N] ")) {
            throw failure(exit_code::not_confirmed, "nothing was deleted");
        }
        users_.remove(user);
        report_deleted(std::cout, asked_.json, user);
    }

    void save_backup()
    {
        refuse_mongodb("mongodump");
        const bool has_key = back_up_sqlite(with_.store.path, asked_.file);
        const std::string key = has_key ? key_file_of(asked_.file) : "";
        report_copy(std::cout, asked_.json, asked_.file, key,
                    "Saved " + with_.store.path + " as " + asked_.file +
                        (has_key ? ", and its key as " + key + "." : "."));
    }

    void restore_backup()
    {
        refuse_mongodb("mongorestore");
        sqlite_copy copy(asked_.file, asked_.without_key);
        confirm_restore("Replace all users in " + with_.store.path +
                        " by the " + std::to_string(copy.users()) + " of " +
                        asked_.file + "? [y/N] ");
        const key_copy::effect effect = copy.restore_to(with_.store.path);
        report_copy(std::cout, asked_.json, asked_.file, "",
                    "Restored " + with_.store.path + " from " + asked_.file +
                        "; users in it: " + std::to_string(copy.users()) +
                        (effect == key_copy::effect::replaced
                             ? ". Reload nginx: it has another key now."
                             : "."));
    }

    void forget_key()
    {
        const bool is_sqlite = with_.store.what == store_uri::kind::sqlite;
        const std::string& path =
            is_sqlite ? with_.store.path : with_.store.redacted;
        if (!asked_.yes && !input_is_terminal()) {
            throw failure(exit_code::not_confirmed,
                          "nothing was forgotten: say --yes where there is no "
                          "terminal to ask");
        }
        if (!asked_.yes &&
            !confirm("Forget with which key " + path +
                     " is used? With another key everybody has to log in "
                     "again. [y/N] ")) {
            throw failure(exit_code::not_confirmed, "nothing was forgotten");
        }
        const bool was_known =
            is_sqlite ? forget_key_of(path)
                      : expect(forget_mongo_key(with_.store, with_.schema));
        const std::string next =
            is_sqlite ? " takes the key in " + key_file_of(path) +
                            " when nginx starts next, or a new one."
                      : " takes the first \"secret\" of the nginx that looks "
                        "next, at most a minute from now.";
        report_copy(std::cout, asked_.json, path, "",
                    path + (was_known ? next : " does not know a key."));
    }

    void confirm_restore(const std::string& question) const
    {
        if (!asked_.yes && input_is_terminal() && !confirm(question)) {
            throw failure(exit_code::not_confirmed, "nothing was restored");
        }
    }

    void refuse_mongodb(const std::string& program) const
    {
        if (with_.store.what == store_uri::kind::mongodb) {
            throw failure(exit_code::usage,
                          "this is for SQLite; for MongoDB use " + program);
        }
    }

    const command_line& asked_;
    const realm_settings& with_;
    user_directory users_;
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
