#pragma once

#include "store/user_store.h"

#include <cstddef>
#include <functional>
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
    std::vector<std::string> calls; ///< "find Alice alice", "insert bob", …

    // What the next call of that function answers instead of doing its work.
    std::optional<store_answer> next_find, next_find_folded, next_insert,
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

    store_answer prepare() override { return {code::done, {}}; }

    store_answer find(const std::vector<std::string>& spellings,
                      stored_user& found) override
    {
        std::string call = "find";
        for (const auto& name : spellings) {
            call += " " + name;
        }
        begin(call);
        if (next_find) {
            return take(next_find);
        }
        for (const auto& name : spellings) {
            for (const auto& user : users) {
                if (user.username == name) {
                    copy(user, found);
                    return {code::done, {}};
                }
            }
        }
        return {code::absent, {}};
    }

    store_answer find_folded(const std::string& folded) override
    {
        begin("find_folded " + folded);
        if (next_find_folded) {
            return take(next_find_folded);
        }
        return {is_taken(folded) ? code::taken : code::absent, {}};
    }

    store_answer insert(const stored_user& user) override
    {
        begin("insert " + user.username);
        if (next_insert) {
            return take(next_insert);
        }
        if (is_taken(user.username)) {
            return {code::taken, {}};
        }
        users.emplace_back();
        copy(user, users.back());
        return {code::done, {}};
    }

    store_answer replace_password(const stored_user& user,
                                  std::string_view new_password) override
    {
        begin("replace_password " + user.username);
        return next_replace ? take(next_replace)
                            : replace(user, new_password, user.epoch);
    }

    store_answer change_password(const stored_user& user,
                                 std::string_view new_password) override
    {
        begin("change_password " + user.username);
        return next_replace ? take(next_replace)
                            : replace(user, new_password, user.epoch + 1);
    }

    store_answer raise_epoch(const stored_user& user) override
    {
        begin("raise_epoch " + user.username);
        if (next_raise) {
            return take(next_raise);
        }
        for (auto& stored : users) {
            if (stored.id == user.id && stored.epoch == user.epoch) {
                ++stored.epoch;
                return {code::done, {}};
            }
        }
        return {code::changed, {}};
    }

    store_answer for_each_password(
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
        return next_count ? take(next_count) : store_answer{code::done, {}};
    }

private:
    store_answer replace(const stored_user& user, std::string_view new_password,
                         std::int64_t new_epoch)
    {
        for (auto& stored : users) {
            if (stored.id == user.id &&
                stored.password.view() == user.password.view() &&
                stored.epoch == user.epoch) {
                stored.password = secret(new_password);
                stored.password_origin = user.password_origin;
                stored.epoch = new_epoch;
                return {code::done, {}};
            }
        }
        return {code::changed, {}};
    }

    void begin(const std::string& call)
    {
        calls.push_back(call);
        if (before_call) {
            before_call();
        }
    }

    static store_answer take(std::optional<store_answer>& answer)
    {
        store_answer taken = *answer;
        answer.reset();
        return taken;
    }

    static void copy(const stored_user& from, stored_user& to)
    {
        to.id = from.id;
        to.username = from.username;
        to.password = from.password.copy();
        to.disabled = from.disabled;
        to.roles = from.roles;
        to.password_origin = from.password_origin;
        to.epoch = from.epoch;
    }

    bool is_taken(const std::string& folded) const
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
