// Every call with which SQLite uses a file fails once: whatever the store
// answers has to be true.

#include "sqlite_test_file.h"

#include <array>
#include <filesystem>
#include <map>

using namespace auth_test;
using auth::sqlite_user_store;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

/// SQLite's own file system with calls that fail. Nothing is synced: no test
/// cuts the power.
class io_faults
{
public:
    io_faults()
    {
        real_ = sqlite3_vfs_find(nullptr);
        faulty_ = *real_;
        faulty_.zName = "faulty";
        faulty_.xOpen = open;
        faulty_.xAccess = access;
        sqlite3_vfs_register(&faulty_, 1);
    }
    io_faults(const io_faults&) = delete;
    io_faults& operator=(const io_faults&) = delete;
    ~io_faults()
    {
        sqlite3_vfs_register(real_, 1);
        sqlite3_vfs_unregister(&faulty_);
    }

    /// The n-th call from now on fails, and those after it if `lasting`. A
    /// write fails as on a full disk, or as on a broken one.
    static void begin(int n, bool lasting, bool full)
    {
        left_ = n;
        lasting_ = lasting;
        full_ = full;
        failed_ = false;
    }
    /// No call fails any more; whether one has failed.
    static bool end()
    {
        left_ = 0;
        lasting_ = false;
        return failed_;
    }

private:
    static bool fails()
    {
        if (left_ == 0) {
            failed_ = failed_ || lasting_;
            return lasting_ && failed_;
        }
        --left_;
        failed_ = left_ == 0;
        return failed_;
    }

    /// A file's methods, of which there are kinds: for the database itself and
    /// for what is beside it.
    struct methods {
        sqlite3_io_methods faulty; ///< the first, so that it leads to this
        const sqlite3_io_methods* real;
    };

    static methods* with_faults(const sqlite3_io_methods* real)
    {
        methods& added = methods_[real];
        added.real = real;
        added.faulty = *real;
        added.faulty.xRead = read;
        added.faulty.xWrite = write;
        added.faulty.xTruncate = truncate;
        added.faulty.xSync = sync;
        added.faulty.xFileSize = file_size;
        added.faulty.xLock = lock;
        added.faulty.xShmMap = shm_map;
        added.faulty.xShmLock = shm_lock;
        return &added;
    }
    static const sqlite3_io_methods* methods_of(const sqlite3_file* file)
    {
        return reinterpret_cast<const methods*>(file->pMethods)->real;
    }

    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file,
                    int flags, int* given)
    {
        if (fails()) {
            file->pMethods = nullptr;
            return SQLITE_CANTOPEN;
        }
        const int error = real_->xOpen(real_, name, file, flags, given);
        if (error == SQLITE_OK) {
            file->pMethods = &with_faults(file->pMethods)->faulty;
        }
        return error;
    }
    static int access(sqlite3_vfs*, const char* name, int flags, int* given)
    {
        return fails() ? SQLITE_IOERR_ACCESS
                       : real_->xAccess(real_, name, flags, given);
    }
    static int read(sqlite3_file* file, void* into, int size, sqlite3_int64 at)
    {
        return fails() ? SQLITE_IOERR_READ
                       : methods_of(file)->xRead(file, into, size, at);
    }
    static int write(sqlite3_file* file, const void* from, int size,
                     sqlite3_int64 at)
    {
        return fails() ? (full_ ? SQLITE_FULL : SQLITE_IOERR_WRITE)
                       : methods_of(file)->xWrite(file, from, size, at);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size)
    {
        return fails() ? SQLITE_IOERR_TRUNCATE
                       : methods_of(file)->xTruncate(file, size);
    }
    static int sync(sqlite3_file*, int)
    {
        return fails() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    }
    static int file_size(sqlite3_file* file, sqlite3_int64* size)
    {
        return fails() ? SQLITE_IOERR_FSTAT
                       : methods_of(file)->xFileSize(file, size);
    }
    static int lock(sqlite3_file* file, int level)
    {
        return fails() ? SQLITE_IOERR_LOCK
                       : methods_of(file)->xLock(file, level);
    }
    static int shm_map(sqlite3_file* file, int page, int size, int extend,
                       void volatile** into)
    {
        return fails()
                   ? (full_ ? SQLITE_FULL : SQLITE_IOERR_SHMMAP)
                   : methods_of(file)->xShmMap(file, page, size, extend, into);
    }
    static int shm_lock(sqlite3_file* file, int offset, int n, int flags)
    {
        const bool gives_back = (flags & SQLITE_SHM_UNLOCK) != 0;
        return !gives_back && fails()
                   ? SQLITE_IOERR_SHMLOCK
                   : methods_of(file)->xShmLock(file, offset, n, flags);
    }

    static inline sqlite3_vfs* real_ = nullptr;
    static inline sqlite3_vfs faulty_{};
    static inline std::map<const sqlite3_io_methods*, methods> methods_;
    static inline int left_ = 0;
    static inline bool lasting_ = false;
    static inline bool full_ = false;
    static inline bool failed_ = false;
};

/// Whether the file is new, has a table that was made by hand, or is as the
/// module makes it.
enum class content { nothing, table_by_hand, users };

class sqlite_io_fault_test : public sqlite_file_test
{
protected:
    using action = std::function<store_answer(sqlite_user_store&)>;
    using check = std::function<void(const store_answer&, sqlite_user_store&)>;

    /// Runs `act` with every call failing in turn, each time on a file as it
    /// was, and then `verify` with none failing.
    void with_every_fault(content before, const action& act,
                          const check& verify)
    {
        for (int kind = 0; kind < 4; ++kind) {
            bool failed = true;
            int n = 1;
            for (; failed && n < 1000; ++n) {
                SCOPED_TRACE("call " + std::to_string(n) + ", kind " +
                             std::to_string(kind));
                const std::string path = make(before);
                sqlite_user_store store(path);
                io_faults::begin(n, (kind & 1) != 0, (kind & 2) != 0);
                const store_answer answer = act(store);
                failed = io_faults::end();
                verify(answer, store);
                sqlite_user_store another(path);
                verify(answer, another);
                if (answer.status == code::unavailable ||
                    answer.status == code::unknown) {
                    EXPECT_NE(answer.detail.find(path), std::string::npos)
                        << answer.detail;
                }
            }
            EXPECT_GT(n, 5);
            EXPECT_LT(n, 1000) << "it fails for ever";
        }
    }

    static constexpr const char* name = "users #1?50%25.db";

    /// A file as it is before the fault.
    std::string make(content what)
    {
        // A name that has to be escaped where SQLite takes a URI.
        const std::string path = file(name);
        for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
            std::filesystem::remove(path + suffix);
        }
        folder_.new_file(name);
        if (what == content::table_by_hand) {
            other_program(path).run(
                ("CREATE TABLE users (id, username, password);"
                 "PRAGMA application_id=1852274785;"
                 "INSERT INTO users VALUES ('" +
                 ann_.id + "', 'ann', '$hash')")
                    .c_str());
        } else if (what == content::users) {
            EXPECT_TRUE(sqlite_user_store(path).insert(ann_).has_value());
        }
        return path;
    }

    io_faults faults_;
    stored_user ann_ = new_user("ann");
};

bool is_failure(const store_answer& answer)
{
    return answer.status == code::unavailable;
}

} // namespace

TEST_F(sqlite_io_fault_test, reading)
{
    auth::stored_user found;
    for (content before : {content::users, content::table_by_hand}) {
        with_every_fault(
            before,
            [&](sqlite_user_store& store) {
                return take(store.find({"ann"}), found);
            },
            [&](const store_answer& answer, sqlite_user_store& store) {
                EXPECT_TRUE(answer.done() || is_failure(answer))
                    << answer.detail;
                EXPECT_EQ(find(store), code::done);
            });
        with_every_fault(
            before,
            [&](sqlite_user_store& store) { return store.is_taken("ann"); },
            [&](const store_answer& answer, sqlite_user_store& store) {
                EXPECT_TRUE(answer.status == code::taken || is_failure(answer))
                    << answer.detail;
                EXPECT_EQ(store_answer(store.is_taken("ann")).status,
                          code::taken);
            });
    }
    with_every_fault(
        content::nothing,
        [&](sqlite_user_store& store) {
            return take(store.find({"ann"}), found);
        },
        [&](const store_answer& answer, sqlite_user_store& store) {
            EXPECT_TRUE(answer.status == code::absent || is_failure(answer))
                << answer.detail;
            EXPECT_EQ(find(store), code::absent);
        });
}

TEST_F(sqlite_io_fault_test, listing)
{
    std::vector<auth::listed_user> users;
    std::vector<std::string> passwords;
    const std::array<action, 3> actions{
        [&](sqlite_user_store& store) {
            return take(store.list("", 9), users);
        },
        [&](sqlite_user_store& store) {
            return take(store.look_up({"ann", "bob"}), users);
        },
        [&](sqlite_user_store& store) {
            return read_passwords(store, passwords);
        }};
    for (const action& act : actions) {
        with_every_fault(
            content::users,
            [&](sqlite_user_store& store) {
                users.clear();
                passwords.clear();
                return act(store);
            },
            [&](const store_answer& answer, sqlite_user_store& store) {
                EXPECT_TRUE(answer.done() || is_failure(answer));
                if (answer.done()) {
                    EXPECT_EQ(users.size() + passwords.size(), 1U);
                }
                EXPECT_EQ(find(store), code::done);
            });
        passwords.clear();
    }
}

TEST_F(sqlite_io_fault_test, insert)
{
    const stored_user bob = new_user("bob");
    for (content before :
         {content::nothing, content::table_by_hand, content::users}) {
        with_every_fault(
            before, [&](sqlite_user_store& store) { return store.insert(bob); },
            [&](const store_answer& answer, sqlite_user_store& store) {
                const code there = find(store, "bob");
                if (answer.done()) {
                    EXPECT_EQ(there, code::done);
                } else if (answer.status == code::unknown) {
                    EXPECT_TRUE(there == code::done || there == code::absent);
                } else {
                    EXPECT_TRUE(is_failure(answer));
                    EXPECT_EQ(there, code::absent);
                }
            });
    }
}

TEST_F(sqlite_io_fault_test, change_of_a_password)
{
    with_every_fault(
        content::users,
        [&](sqlite_user_store& store) {
            return replace_password(store, ann_, "$new");
        },
        [&](const store_answer& answer, sqlite_user_store& store) {
            stored_user found;
            EXPECT_TRUE(take(store.find({"ann"}), found).done());
            if (answer.done()) {
                EXPECT_EQ(found.password.view(), "$new");
            } else if (answer.status != code::unknown) {
                EXPECT_TRUE(is_failure(answer));
                EXPECT_EQ(found.password.view(), "$hash");
            }
        });
}

TEST_F(sqlite_io_fault_test, changes_by_an_operator)
{
    auth::user_changes disable;
    disable.disabled = true;
    with_every_fault(
        content::users,
        [&](sqlite_user_store& store) {
            return store.change_user(ann_.id, disable);
        },
        [&](const store_answer& answer, sqlite_user_store& store) {
            stored_user found;
            EXPECT_TRUE(take(store.find({"ann"}), found).done());
            if (answer.status != code::unknown) {
                EXPECT_TRUE(answer.done() || is_failure(answer));
                EXPECT_EQ(found.disabled, answer.done());
            }
        });
    with_every_fault(
        content::users,
        [&](sqlite_user_store& store) { return store.remove_user(ann_.id); },
        [&](const store_answer& answer, sqlite_user_store& store) {
            if (answer.status != code::unknown) {
                EXPECT_TRUE(answer.done() || is_failure(answer));
                EXPECT_EQ(find(store),
                          answer.done() ? code::absent : code::done);
            }
        });
}

TEST_F(sqlite_io_fault_test, write_that_is_not_synced_is_unknown)
{
    // What is on a disk that did not take it can neither be promised nor
    // denied.
    auth::user_changes disable;
    disable.disabled = true;
    const std::array<action, 4> writes{
        [&](sqlite_user_store& store) { return store.insert(new_user("bob")); },
        [&](sqlite_user_store& store) {
            return replace_password(store, ann_, "$new");
        },
        [&](sqlite_user_store& store) {
            return store.change_user(ann_.id, disable);
        },
        [&](sqlite_user_store& store) { return store.remove_user(ann_.id); }};
    for (const action& write : writes) {
        bool unknown = false;
        with_every_fault(content::users, write,
                         [&](const store_answer& answer, sqlite_user_store&) {
                             unknown |= answer.status == code::unknown;
                         });
        EXPECT_TRUE(unknown);
    }
}
