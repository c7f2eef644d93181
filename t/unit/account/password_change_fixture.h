#pragma once

#include "../hash_spies/argon2_spy.h"
#include "account/password_change.h"
#include "account/password_fingerprint.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

/// A namespace of its own: login_fixture.h has the same names.
namespace auth::password_change_cases {

using stage = operation::stage;
using outcome = password_change::outcome;
using code = store_answer::code;
using stages = std::vector<stage>;
using strings = std::vector<std::string>;

inline constexpr hash_cost cost{64, 2, 1};

inline const std::string old_word = "lamp river copper";
inline const std::string new_word = "basil under thunder";
inline const std::string composed = "caf\xc3\xa9 lamp river";
inline const std::string decomposed = "cafe\xcc\x81 lamp river";

inline const stages whole{stage::store, stage::hash, stage::store};
inline const stages short_way{stage::store, stage::hash};

inline std::string hashed(const std::string& password,
                          const hash_cost& with = cost)
{
    return std::string(hash_password(password, with).view());
}

class password_change_test : public testing::Test
{
protected:
    void SetUp() override
    {
        argon2_spy::reset();
        store.add("alice", hashed(old_word));
    }
    void TearDown() override { argon2_spy::reset(); }

    stored_user& alice() { return store.users[0]; }

    password_change& run(const std::string& id, const std::string& name,
                         const std::string& current, const std::string& wanted)
    {
        argon2_spy::calls.clear();
        store.calls.clear();
        passed.clear();
        subject.emplace(store, cost, policy, session_of(id, name),
                        secret(current), secret(wanted));
        while (subject->next() != stage::done) {
            passed.push_back(subject->next());
            subject->run();
        }
        return *subject;
    }

    /// A session that began when the store was as it is.
    session_user session_of(const std::string& id, const std::string& name)
    {
        session_user who{id, name, 0, 0};
        for (const stored_user& user : store.users) {
            if (user.id == id) {
                who.password = password_fingerprint(user);
                who.epoch = user.epoch;
            }
        }
        return who;
    }

    outcome result(const std::string& current, const std::string& wanted)
    {
        return run(alice().id, alice().username, current, wanted).result();
    }

    bool is_password(const std::string& password)
    {
        return verify_password(password, alice().password.view()) ==
               verdict::match;
    }

    fake_user_store store;
    password_policy policy;
    stages passed;
    std::optional<password_change> subject;
};

} // namespace auth::password_change_cases
