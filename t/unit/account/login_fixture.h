#pragma once

#include "../hash_spies/argon2_spy.h"
#include "account/login.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace auth {

using stage = operation::stage;
using outcome = login::outcome;
using code = store_answer::code;
using stages = std::vector<stage>;

inline constexpr hash_cost cost{64, 2, 1};
inline constexpr hash_cost weaker{64, 1, 1};
inline constexpr hash_cost stronger{128, 2, 1};

inline const std::string composed = "caf\xc3\xa9 au lait";
inline const std::string decomposed = "cafe\xcc\x81 au lait";

inline const stages short_way{stage::store, stage::hash};
inline const stages long_way{stage::store, stage::hash, stage::store};

inline std::string hashed(const std::string& password,
                          const hash_cost& with = cost)
{
    return std::string(hash_password(password, with).view());
}

class login_test : public testing::Test
{
protected:
    void SetUp() override
    {
        auto& user = store.add("alice", hashed("secret word"));
        user.roles = {"staff", "admin"};
        argon2_spy::reset();
    }
    void TearDown() override { argon2_spy::reset(); }

    /// Runs a login to its end, noting the stages and the hashes made.
    login& run(const std::string& name, const std::string& password)
    {
        argon2_spy::calls.clear();
        store.calls.clear();
        passed.clear();
        subject.emplace(store, dummies, cost, name, secret(password));
        while (subject->next() != stage::done) {
            passed.push_back(subject->next());
            subject->run();
        }
        return *subject;
    }

    outcome result(const std::string& name, const std::string& password)
    {
        return run(name, password).result();
    }

    fake_user_store store;
    dummy_hashes dummies{cost, secret("a key")};
    stages passed;
    std::optional<login> subject;
};

} // namespace auth
