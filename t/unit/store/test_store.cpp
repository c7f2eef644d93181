#include "test_store.h"

#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

/// Where the tests are built to count lines: _exit() would forget those of a
/// child.
/// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" void __gcov_exit() __attribute__((weak));

namespace auth_test {

test_folder::test_folder()
{
    std::string pattern = testing::TempDir() + "auth-store-XXXXXX";
    if (!mkdtemp(pattern.data())) {
        throw std::runtime_error("mkdtemp " + pattern);
    }
    path_ = pattern;
}

test_folder::~test_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string test_folder::new_file(const std::string& name) const
{
    std::string path = file(name);
    int descriptor = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
    EXPECT_GE(descriptor, 0) << path;
    close(descriptor);
    return path;
}

auth::store_answer read_passwords(auth::user_store& store,
                                  std::vector<std::string>& passwords)
{
    return store.for_each_password([&](std::string_view password) {
        passwords.emplace_back(password);
        return true;
    });
}

auth::stored_user new_user(const std::string& username,
                           const std::string& password)
{
    auth::stored_user user;
    user.id = auth::new_user_id();
    user.username = username;
    user.password = auth::secret(password);
    return user;
}

void end_child(bool good)
{
    if (__gcov_exit != nullptr) {
        __gcov_exit();
    }
    _exit(good ? 0 : 1);
}

bool in_child(unsigned uid, const std::function<bool()>& body)
{
    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
        bool ready = uid == 0 || (setgid(uid) == 0 && setuid(uid) == 0);
        end_child(ready && body());
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child &&
           WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool has(const auth::store_answer& answer, auth::store_answer::code status,
         const char* part)
{
    bool good = answer.status == status &&
                answer.detail.find(part) != std::string::npos &&
                answer.detail.find("hidden") == std::string::npos;
    EXPECT_TRUE(good) << static_cast<int>(answer.status) << " "
                      << answer.detail;
    return good;
}

auth::store_answer::code find(auth::user_store& store, const std::string& name)
{
    auth::stored_user found;
    auth::store_answer answer = take(store.find({name}), found);
    if (!answer.detail.empty()) {
        testing::Test::RecordProperty("detail", answer.detail);
    }
    return answer.status;
}

double seconds(const std::function<void()>& body)
{
    auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
}

std::vector<const char*> test_stores()
{
    std::vector<const char*> names{"sqlite"};
    if (make_mongo_test_store()) {
        names.push_back("mongodb");
    }
    return names;
}

std::unique_ptr<test_store> make_test_store(const std::string& kind)
{
    return kind == "sqlite" ? make_sqlite_test_store()
                            : make_mongo_test_store();
}

} // namespace auth_test
