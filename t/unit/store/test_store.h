#pragma once

#include "../store_answer.h"
#include "store/user_store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auth_test {

using auth::store_answer;

/// A user as somebody else's program may have stored it.
struct raw_user {
    enum class form { text, binary, empty, number, missing };
    enum class flag { missing, no, yes, one, zero, null, text };

    std::string id;
    std::string username;
    std::string password = "$hash";
    form password_form = form::text;
    flag disabled = flag::missing;
    std::vector<std::string> roles;
};

/// A place with users of one test, and direct access to it.
class test_store
{
public:
    virtual ~test_store() = default;

    /// A new store object on the same users.
    virtual std::unique_ptr<auth::user_store> open() = 0;
    virtual void put(const raw_user& user) = 0;
    /// Runs a body that puts many users.
    virtual void together(const std::function<void()>& body) { body(); }
    /// The number of users with exactly this name.
    virtual int count(const std::string& username) = 0;
    /// Field created_at: how many seconds ago; nothing if it is missing.
    virtual std::optional<double> age(const std::string& username) = 0;
    /// Takes the password away from under the store.
    virtual void set_password(const std::string& id,
                              const std::string& password) = 0;
};

std::unique_ptr<test_store> make_sqlite_test_store();
/// nullptr without MONGO_URI in the environment.
std::unique_ptr<test_store> make_mongo_test_store();

/// The kinds that there are here, for tests of each: "sqlite", "mongodb".
std::vector<const char*> test_stores();
std::unique_ptr<test_store> make_test_store(const std::string& kind);

/// A folder that is removed at the end.
class test_folder
{
public:
    test_folder();
    test_folder(const test_folder&) = delete;
    test_folder& operator=(const test_folder&) = delete;
    ~test_folder();

    const std::string& path() const noexcept { return path_; }
    std::string file(const std::string& name) const
    {
        return path_ + "/" + name;
    }
    /// As nginx's master does before it starts workers.
    std::string new_file(const std::string& name) const;

private:
    std::string path_;
};

auth::stored_user new_user(const std::string& username,
                           const std::string& password = "$hash");

/// Appends the stored passwords of all users.
auth::store_answer read_passwords(auth::user_store& store,
                                  std::vector<std::string>& passwords);

/// Runs `body` in a child process, as user `uid` if that is not 0; true if it
/// returns true.
bool in_child(unsigned uid, const std::function<bool()>& body);

/// Ends a child process, whose parent goes on with the test.
[[noreturn]] void end_child(bool good);

/// Patient where a store is not: a disk that stands still makes it refuse what
/// waits for others.
template <class Operation>
auth::store_answer in_time(Operation operation)
{
    auth::store_answer answer(operation());
    for (int i = 0;
         i < 30 && answer.status == auth::store_answer::code::unavailable;
         ++i) {
        answer = auth::store_answer(operation());
    }
    return answer;
}

/// Whether an answer has this status and this in its detail, and not the
/// password that the tests write into URIs; else the test fails.
bool has(const auth::store_answer& answer, auth::store_answer::code status,
         const char* part);

/// The status of finding this user.
auth::store_answer::code find(auth::user_store& store,
                              const std::string& name = "ann");

/// Seconds that `body` takes.
double seconds(const std::function<void()>& body);

/// What takes less has not waited for as long as libmongoc would by itself (10
/// s and more), nor for a lock for ever. It is more than our own limits because
/// the machine may be busy.
constexpr double soon = 9;

} // namespace auth_test
