#pragma once

#include "../store_answer.h"
#include "store/user_store.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auth {

/// A store in memory that notes what it is asked and fails on demand.
class fake_user_store final : public user_store
{
public:
    using code = store_answer::code;

    std::vector<stored_user> users;
    std::vector<const store_time*> times; ///< of operations that ask it
    user_store* for_operations = nullptr; ///< they get this one instead
    std::vector<std::string> calls; ///< "find Alice alice", "insert bob", …

    // What the next call of that function answers instead of doing its work.
    std::optional<store_answer> next_find, next_is_taken, next_insert,
        next_replace, next_raise, next_count;
    int counts = 0; ///< how often all were counted; not among the calls
    std::function<void()> before_call;     ///< runs at the start of every call
    std::function<void()> before_password; ///< before each that is shown

    stored_user& add(const std::string& name, const std::string& password)
    {
        stored_user user;
        user.id = new_user_id();
        user.username = name;
        user.password = secret(password);
        users.push_back(std::move(user));
        return users.back();
    }

    std::shared_ptr<user_store> within(store_time& time) override
    {
        times.push_back(&time);
        return for_operations == nullptr ? user_store::within(time)
                                         : for_operations->within(time);
    }

    store_outcome prepare() override { return store_note{}; }

    store_result<stored_user>
    find(const std::vector<std::string>& spellings) override
    {
        std::string call = "find";
        for (const auto& name : spellings) {
            call += " " + name;
        }
        begin(call);
        if (next_find) {
            return failed(take(next_find));
        }
        for (const auto& name : spellings) {
            for (const auto& user : users) {
                if (user.username == name) {
                    return copy_of(user);
                }
            }
        }
        return failed(store_failure::code::absent);
    }

    store_result<stored_user> find_by_id(const std::string& id) override
    {
        begin("find_by_id " + id);
        if (next_find) {
            return failed(take(next_find));
        }
        for (const auto& user : users) {
            if (user.id == id) {
                return copy_of(user);
            }
        }
        return failed(store_failure::code::absent);
    }

    store_result<bool> is_taken(const std::string& folded) override
    {
        begin("is_taken " + folded);
        if (next_is_taken) {
            return failed(take(next_is_taken));
        }
        return is_there(folded);
    }

    store_outcome insert(const stored_user& user) override
    {
        begin("insert " + user.username);
        if (next_insert) {
            return failed(take(next_insert));
        }
        if (is_there(user.username)) {
            return failed(store_failure::code::taken);
        }
        users.push_back(copy_of(user));
        return store_note{};
    }

    store_outcome replace_password(const stored_user& user,
                                   std::string_view new_password,
                                   std::int64_t new_epoch) override
    {
        const bool same = new_epoch == user.epoch;
        begin((same ? "replace_password " : "change_password ") +
              user.username);
        if (next_replace) {
            return failed(take(next_replace));
        }
        for (auto& stored : users) {
            if (stored.id == user.id &&
                stored.password.view() == user.password.view() &&
                stored.epoch == user.epoch) {
                stored.password = secret(new_password);
                stored.password_origin = user.password_origin;
                stored.epoch = new_epoch;
                return store_note{};
            }
        }
        return failed(store_failure::code::changed);
    }

    store_outcome raise_epoch(const stored_user& user) override
    {
        begin("raise_epoch " + user.username);
        if (next_raise) {
            return failed(take(next_raise));
        }
        for (auto& stored : users) {
            if (stored.id == user.id && stored.epoch == user.epoch) {
                ++stored.epoch;
                return store_note{};
            }
        }
        return failed(store_failure::code::changed);
    }

    store_outcome for_each_password(
        const std::function<bool(std::string_view)>& visit) override
    {
        ++counts;
        for (const auto& user : users) {
            if (before_password) {
                before_password();
            }
            if (!visit(user.password.view())) {
                break;
            }
        }
        if (next_count) {
            return failed(take(next_count));
        }
        return store_note{};
    }

private:
    void begin(const std::string& call)
    {
        calls.push_back(call);
        if (before_call) {
            before_call();
        }
    }

    static store_failure take(std::optional<store_answer>& answer)
    {
        const store_failure taken = answer->failure();
        answer.reset();
        return taken;
    }

    static stored_user copy_of(const stored_user& user)
    {
        stored_user copy;
        copy.id = user.id;
        copy.username = user.username;
        copy.password = user.password.copy();
        copy.disabled = user.disabled;
        copy.roles = user.roles;
        copy.password_origin = user.password_origin;
        copy.epoch = user.epoch;
        return copy;
    }

    bool is_there(const std::string& folded) const
    {
        for (const auto& user : users) {
            std::string name = user.username;
            for (char& c : name) {
                if (c >= 'A' && c <= 'Z') {
                    c = static_cast<char>(c - 'A' + 'a');
                }
            }
            if (name == folded) {
                return true;
            }
        }
        return false;
    }
};

} // namespace auth
