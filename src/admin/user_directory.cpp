#include "admin/user_directory.h"

#include "admin/expect.h"
#include "admin/failure.h"
#include "admin/sqlite_file.h"
#include "admin/user_report.h"

#include "account/username.h"
#include "base/text.h"
#include "store/unended_sessions.h"

#include <algorithm>

namespace auth {

namespace {

using code = store_failure::code;

[[noreturn]] void say_taken(const std::string& username)
{
    throw failure(exit_code::no_such_user,
                  "the name " + username +
                      " is taken (capitals make no difference)");
}

/// Fails if the change was made, and nginx was not told of ended sessions.
void refuse_unended(const store_note& done)
{
    if (done.detail.find(unended_sessions) != std::string::npos) {
        throw failure(exit_code::unknown, done.detail);
    }
}

/// The user as stored now, only to be shown: the change is done.
void show_as_stored(admin_store& store, listed_user& user)
{
    auto found = store.look_up({user.username});
    if (found && found->size() == 1) {
        user = std::move(found->front());
    }
}

} // namespace

opened_store& user_directory::open()
{
    if (!opened_.users) {
        if (with_.store.what == store_uri::kind::sqlite) {
            enter_sqlite_file(with_.store.path, create_);
        }
        opened_ = open_store(with_.store, with_.schema);
    }
    return opened_;
}

admin_store& user_directory::store()
{
    return *open().users;
}

session_store& user_directory::sessions()
{
    return *open().sessions;
}

listed_user user_directory::find(const std::string& typed)
{
    // First the name with the blanks around it, because a user may be stored
    // with them.
    const std::string bare(without_outer_blanks(typed));
    const std::string folded = fold_username(bare);
    std::vector<std::string> names{typed};
    for (const std::string& other : {bare, folded}) {
        if (other != names.back()) {
            names.push_back(other);
        }
    }
    std::vector<listed_user> found = expect(store().look_up(names));
    for (const std::string& wanted : names) {
        const auto is_wanted = [&wanted](const listed_user& user) {
            return user.username == wanted;
        };
        const auto count = std::count_if(found.begin(), found.end(), is_wanted);
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
    const bool other_spelling = store().is_taken(folded).value_or(false);
    throw failure(exit_code::no_such_user,
                  "there is no user " + shown(typed) +
                      (other_spelling
                           ? "; write the capitals as \"list\" shows them"
                           : ""));
}

void user_directory::for_each(
    const std::function<void(const listed_user&)>& visit)
{
    expect(store().for_each_user(visit));
}

void user_directory::refuse_taken(const std::string& username)
{
    if (expect(store().is_taken(username))) {
        say_taken(username);
    }
}

listed_user user_directory::add(const stored_user& user)
{
    const store_outcome inserted = store().insert(user);
    if (failure_of(inserted) == code::taken) {
        say_taken(user.username);
    }
    expect(inserted);
    listed_user added;
    added.id = user.id;
    added.username = user.username;
    show_as_stored(store(), added);
    return added;
}

void user_directory::refuse_unknown_id(const listed_user& user)
{
    if (user.id.empty()) {
        throw failure(exit_code::failed,
                      "this user can only be changed in the database: " +
                          user.problem);
    }
}

void user_directory::change(listed_user& user, const user_changes& changes)
{
    refuse_unknown_id(user);
    refuse_unended(expect(store().change_user(user.id, changes)));
    show_as_stored(store(), user);
}

void user_directory::remove(const listed_user& user)
{
    refuse_unended(expect(store().remove_user(user.id)));
}

} // namespace auth
