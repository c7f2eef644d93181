// Files that are locked, damaged, full or read-only; processes that die.

#include "session_test_store.h"
#include "sqlite_test_file.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace auth_test;
using auth::sqlite_user_store;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

constexpr unsigned nobody = 65534;

bool disk_fails = false;

class sqlite_fault_test : public sqlite_file_test
{
};

/// Inserts the user, and tries again while the store cannot: on a slow disk a
/// writer may wait for the lock longer than the store does.
code insert_patiently(sqlite_user_store& store, const std::string& name)
{
    code answer = code::unavailable;
    for (int attempt = 0; attempt < 20 && answer == code::unavailable;
         ++attempt) {
        answer = store_answer(store.insert(new_user(name))).status;
    }
    return answer;
}

} // namespace

/// Instead of the system's: SQLite calls it to have a change on the disk.
extern "C" int fdatasync(int fd)
{
    if (disk_fails) {
        errno = EIO;
        return -1;
    }
    return fsync(fd);
}

TEST_F(sqlite_fault_test, reports_damage)
{
    std::string path = folder_.new_file("users.db");
    {
        sqlite_user_store store(path);
        for (int i = 0; i < 200; ++i) {
            ASSERT_TRUE(
                store.insert(new_user("user" + std::to_string(i))).has_value());
        }
    }
    ASSERT_GT(std::filesystem::file_size(path), 20000U);
    std::fstream damage(path, std::ios::in | std::ios::out);
    damage.seekp(4096);
    damage << std::string(12000, '\x5a');
    damage.close();

    sqlite_user_store store(path);
    stored_user found;
    EXPECT_TRUE(
        has(take(store.find({"user7"}), found), code::unavailable, "damaged"));
    EXPECT_TRUE(
        has(store.insert(new_user("new")), code::unavailable, "damaged"));
    std::vector<std::string> passwords;
    EXPECT_TRUE(
        has(read_passwords(store, passwords), code::unavailable, "damaged"));
}

TEST_F(sqlite_fault_test, reports_damage_in_any_page)
{
    std::string whole = folder_.new_file("whole.db");
    {
        sqlite_user_store store(whole);
        ASSERT_TRUE(store.prepare().has_value());
        other_program other(whole);
        other.run("BEGIN");
        for (int i = 1000; i < 1400; ++i) {
            other.run(("INSERT INTO users (id, username, password) VALUES"
                       " ('0123456789abcdef0000" +
                       std::to_string(i) + "', 'user" + std::to_string(i) +
                       "', '" + std::string(90, 'h') + "')")
                          .c_str());
        }
        other.run("COMMIT");
    }
    std::string path = file("users.db");
    int reported = 0;
    auto is_true = [&reported](const store_answer& answer, code whole) {
        reported += answer.status == whole ? 0 : 1;
        return answer.status == whole ||
               has(answer, code::unavailable, "damaged");
    };
    const auto size = std::filesystem::file_size(whole);
    ASSERT_GT(size, 20U * 4096);
    for (std::uintmax_t page = 0; page < size; page += 4096) {
        std::filesystem::remove(path + "-wal");
        std::filesystem::remove(path + "-shm");
        std::filesystem::copy_file(
            whole, path, std::filesystem::copy_options::overwrite_existing);
        std::fstream damage(path, std::ios::in | std::ios::out);
        // The first page keeps the header, by which SQLite knows its files.
        damage.seekp(static_cast<std::streamoff>(page == 0 ? 100 : page));
        damage << std::string(page == 0 ? 3000 : 4096, '\x5a');
        damage.close();

        sqlite_user_store store(path);
        stored_user found;
        std::vector<std::string> passwords;
        std::vector<auth::listed_user> users;
        EXPECT_TRUE(is_true(take(store.find({"user1200"}), found), code::done))
            << page;
        EXPECT_TRUE(is_true(store.is_taken("user1200"), code::taken)) << page;
        EXPECT_TRUE(is_true(read_passwords(store, passwords), code::done))
            << page;
        EXPECT_TRUE(is_true(take(store.list("", 1000), users), code::done))
            << page;
    }
    // Each page belongs to the table or to an index; only what an index holds
    // beside the asked name may be damaged unseen.
    EXPECT_GT(reported, static_cast<int>(size / 4096));
}

TEST_F(sqlite_fault_test, answers_while_another_program_writes)
{
    std::string path = file_with_ann();
    other_program other(path);
    sqlite_user_store store(path);
    other.run("BEGIN EXCLUSIVE");
    EXPECT_EQ(find(store), code::done);
    store_answer answer;
    double waited = seconds([&] { answer = store.insert(new_user("bob")); });
    EXPECT_TRUE(has(answer, code::unavailable, "locked"));
    EXPECT_GT(waited, 1.5);
    EXPECT_LT(waited, soon);
    waited = seconds(
        [&] { answer = replace_password(store, new_user("ann"), "$new"); });
    EXPECT_TRUE(has(answer, code::unavailable, "locked"));
    EXPECT_LT(waited, soon);
    other.run("COMMIT");
    EXPECT_TRUE(store.insert(new_user("bob")).has_value());
}

TEST_F(sqlite_fault_test, bounds_the_wait_for_a_file_that_is_locked)
{
    // Not yet in WAL mode, so that readers are kept out, too.
    std::string path = folder_.new_file("users.db");
    other_program other(path);
    other.run("PRAGMA application_id=1852274785; BEGIN EXCLUSIVE");
    sqlite_user_store store(path);
    code status = code::done;
    double waited = seconds([&] { status = find(store); });
    EXPECT_EQ(status, code::unavailable);
    EXPECT_LT(waited, soon);
    store_answer answer;
    waited = seconds([&] { answer = store.insert(new_user("ann")); });
    EXPECT_TRUE(has(answer, code::unavailable, "locked"));
    EXPECT_LT(waited, soon);
    other.run("COMMIT");
    EXPECT_TRUE(store.insert(new_user("ann")).has_value());
}

TEST_F(sqlite_fault_test, logs_in_from_a_read_only_file)
{
    if (geteuid() != 0) {
        GTEST_SKIP() << "needs root to become another user";
    }
    std::string path = file_with_ann();
    chmod(folder_.path().c_str(), 0777);
    chmod(path.c_str(), 0444);
    EXPECT_TRUE(in_child(nobody, [&] {
        sqlite_user_store store(path);
        return find(store) == code::done &&
               find(store, "bob") == code::absent &&
               store_answer(store.is_taken("ann")).status == code::taken &&
               has(store.insert(new_user("bob")), code::unavailable,
                   "read-only") &&
               has(replace_password(store, new_user("ann"), "$new"),
                   code::unavailable, "read-only");
    }));
    // The folder, too: nothing can be made beside the file.
    chmod(folder_.path().c_str(), 0555);
    EXPECT_TRUE(in_child(nobody, [&] {
        sqlite_user_store store(path);
        return find(store) == code::done && find(store) == code::done &&
               store_answer(store.is_taken("ann")).status == code::taken &&
               has(store.insert(new_user("bob")), code::unavailable, "write");
    }));
    chmod(path.c_str(), 0400);
    EXPECT_TRUE(in_child(nobody, [&] {
        sqlite_user_store store(path);
        stored_user found;
        return has(take(store.find({"ann"}), found), code::unavailable,
                   "may not read and write");
    }));
    chmod(folder_.path().c_str(), 0700);
    EXPECT_TRUE(in_child(nobody, [&] {
        sqlite_user_store store(path);
        stored_user found;
        return has(take(store.find({"ann"}), found), code::unavailable,
                   "enter its folder");
    }));
}

TEST_F(sqlite_fault_test, logs_in_with_a_full_disk)
{
    std::string disk = file("disk");
    std::filesystem::create_directory(disk);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
        GTEST_SKIP() << "cannot mount a tmpfs: " << std::strerror(errno);
    }
    std::string path = disk + "/users.db";
    close(open(path.c_str(), O_CREAT | O_RDWR, 0600));
    {
        sqlite_user_store store(path);
        EXPECT_TRUE(store.insert(new_user("ann")).has_value());
        std::string filler(4096, 'x');
        std::ofstream full(disk + "/full");
        while (full.write(filler.data(), 4096).flush()) {
        }
        store_answer answer;
        for (int i = 0; i < 500 && answer.status != code::done; ++i) {
            answer = store.insert(new_user("bob" + std::to_string(i)));
            if (answer.done()) {
                answer.status = code::unavailable;
                answer.detail = "";
            } else {
                break;
            }
        }
        EXPECT_TRUE(has(answer, code::unavailable, "full"));
        EXPECT_EQ(find(store), code::done);
        const auto sessions =
            open_store(auth::parse_store_uri("sqlite:" + path).value())
                .sessions;
        answer = {};
        for (int n = 0; n < 500 && answer.detail.empty(); ++n) {
            answer = sessions->insert(new_session(*sessions, n));
        }
        EXPECT_TRUE(has(answer, code::unavailable, "full"));
        EXPECT_EQ(sessions->insert(new_session(*sessions, 500)).error().because,
                  auth::store_failure::cause::full);
        EXPECT_TRUE(sessions->poll(0).has_value());
    }
    { // A worker that has just started finds no room for its -shm.
        sqlite_user_store store(path);
        EXPECT_EQ(find(store), code::done);
        EXPECT_EQ(store_answer(store.is_taken("ann")).status, code::taken);
        EXPECT_EQ(store_answer(store.insert(new_user("carl"))).status,
                  code::unavailable);
        std::filesystem::remove(disk + "/full");
        EXPECT_TRUE(store.insert(new_user("carl")).has_value());
        EXPECT_EQ(other_program(path).run("PRAGMA integrity_check"), "ok");
    }
    EXPECT_EQ(umount(disk.c_str()), 0);
}

// What the disk does not confirm may be there after a crash.
TEST_F(sqlite_fault_test, does_not_know_what_the_disk_has_kept)
{
    sqlite_user_store store(file_with_ann());
    stored_user ann;
    ASSERT_TRUE(take(store.find({"ann"}), ann).done());
    auth::user_changes changes;
    changes.disabled = true;

    disk_fails = true;
    const store_answer inserted = store.insert(new_user("bob"));
    const store_answer replaced = replace_password(store, ann, "$new");
    const store_answer changed = store.change_user(ann.id, changes);
    const store_answer removed = store.remove_user(ann.id);
    disk_fails = false;
    for (const store_answer& each : {inserted, replaced, changed, removed}) {
        EXPECT_TRUE(has(each, code::unknown, "disk I/O error"));
    }
    EXPECT_EQ(find(store), code::done);
    EXPECT_TRUE(replace_password(store, ann, "$new").done());
}

TEST_F(sqlite_fault_test, two_processes_begin_at_the_same_time)
{
    for (int round = 0; round < 10; ++round) {
        std::string path =
            folder_.new_file("users" + std::to_string(round) + ".db");
        int gate[2];
        ASSERT_EQ(pipe(gate), 0);
        std::vector<pid_t> children;
        for (int c = 0; c < 4; ++c) {
            std::fflush(nullptr);
            pid_t child = fork();
            if (child == 0) {
                char go = 0;
                close(gate[1]);
                (void)!read(gate[0], &go, 1);
                sqlite_user_store store(path);
                const code shared = insert_patiently(store, "ann");
                bool good = shared == code::done || shared == code::taken;
                for (int i = 0; i < 10; ++i) {
                    std::string name =
                        "u" + std::to_string(c) + "." + std::to_string(i);
                    good = good && insert_patiently(store, name) == code::done;
                }
                end_child(good);
            }
            children.push_back(child);
        }
        close(gate[0]);
        close(gate[1]); // lets them go
        for (pid_t child : children) {
            int status = 1;
            waitpid(child, &status, 0);
            EXPECT_EQ(status, 0);
        }
        other_program other(path);
        EXPECT_EQ(other.run("SELECT count(*) FROM users"), "41");
        EXPECT_EQ(other.run("PRAGMA integrity_check"), "ok");
    }
}

TEST_F(sqlite_fault_test, does_not_cross_fork)
{
    // Made in the master, used in the workers.
    std::string path = folder_.new_file("users.db");
    sqlite_user_store store(path);
    EXPECT_TRUE(
        in_child(0, [&] { return store.insert(new_user("ann")).has_value(); }));
    EXPECT_TRUE(in_child(0, [&] {
        return store_answer(store.insert(new_user("ann"))).status ==
               code::taken;
    }));
    EXPECT_EQ(find(store), code::done);
}

TEST_F(sqlite_fault_test, killed_worker_leaves_whole_users)
{
    std::string path = file_with_ann();
    for (int round = 0; round < 10; ++round) {
        std::fflush(nullptr);
        pid_t child = fork();
        if (child == 0) {
            sqlite_user_store store(path);
            for (int i = 0;; ++i) {
                store.insert(new_user("u" + std::to_string(round) + "." +
                                      std::to_string(i)));
            }
        }
        usleep(20000);
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        sqlite_user_store store(path);
        EXPECT_EQ(find(store), code::done);
        EXPECT_TRUE(
            store.insert(new_user("r" + std::to_string(round))).has_value());
    }
    other_program other(path);
    EXPECT_EQ(other.run("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(other.run("SELECT count(*) FROM users WHERE password <> "
                        "'$hash' OR length(id) <> 24 OR created_at IS NULL"),
              "0");
}
