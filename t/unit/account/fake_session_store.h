#pragma once

#include "../store_answer.h"
#include "store/session_store.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auth {

/// Sessions in memory, with a clock that a test sets. It notes what it is asked
/// and fails on demand.
class fake_session_store final : public session_store
{
public:
    std::vector<stored_session> sessions;
    std::vector<const store_time*> times; ///< of operations that ask it
    std::vector<std::string> calls;       ///< "insert", "remove", …
    std::int64_t clock = 1'000'000'000'000;

    // What each call of that function answers instead of doing its work.
    std::optional<store_answer> at_insert, at_find, at_remove, at_trim, at_list,
        at_present;

    static sha256_digest digest_of(std::uint8_t number)
    {
        sha256_digest digest{};
        digest[0] = number;
        return digest;
    }

    bool has(const sha256_digest& digest) const
    {
        return position(digest) != sessions.end();
    }

    std::shared_ptr<session_store> within(store_time& time) override
    {
        times.push_back(&time);
        return session_store::within(time);
    }

    store_outcome prepare() override { return store_note{}; }
    std::int64_t now() const noexcept override { return clock; }
    std::int64_t ahead_ms() const noexcept override { return 0; }

    store_outcome insert(const stored_session& session) override
    {
        calls.emplace_back("insert");
        if (at_insert) {
            return failed(*at_insert);
        }
        sessions.push_back(session);
        return store_note{};
    }

    store_result<stored_session> find(const sha256_digest& digest) override
    {
        calls.emplace_back("find");
        if (at_find) {
            return failed(*at_find);
        }
        const auto found = position(digest);
        if (found == sessions.end()) {
            return failed(store_failure::code::absent);
        }
        return *found;
    }

    store_result<std::vector<sha256_digest>>
    present(const std::vector<sha256_digest>& asked) override
    {
        calls.push_back("present " + std::to_string(asked.size()));
        if (at_present) {
            return failed(*at_present);
        }
        std::vector<sha256_digest> there;
        std::copy_if(
            asked.begin(), asked.end(), std::back_inserter(there),
            [this](const sha256_digest& digest) { return has(digest); });
        return there;
    }

    store_outcome remove(const sha256_digest& digest) override
    {
        calls.emplace_back("remove");
        if (at_remove) {
            return failed(*at_remove);
        }
        const auto found = position(digest);
        if (found != sessions.end()) {
            sessions.erase(found);
        }
        return store_note{};
    }

    store_outcome remove_lower_epochs(const std::string&, std::int64_t) override
    {
        return store_note{};
    }

    store_result<std::vector<sha256_digest>> trim(const std::string& user_id,
                                                  const std::string&,
                                                  std::size_t limit) override
    {
        calls.push_back("trim " + user_id + " " + std::to_string(limit));
        if (at_trim) {
            return failed(*at_trim);
        }
        std::vector<sha256_digest> ended;
        while (sessions.size() > limit) {
            ended.push_back(sessions.front().digest);
            sessions.erase(sessions.begin());
        }
        return ended;
    }

    store_result<std::vector<stored_session>>
    list(const std::string& user_id,
         const std::optional<std::string>& realm) override
    {
        calls.push_back("list " + user_id + " " + realm.value_or("*"));
        if (at_list) {
            return failed(*at_list);
        }
        std::vector<stored_session> found;
        std::copy_if(sessions.begin(), sessions.end(),
                     std::back_inserter(found),
                     [&](const stored_session& each) {
                         return each.user_id == user_id &&
                                (!realm || each.realm == *realm);
                     });
        return found;
    }
    store_outcome touch(const std::vector<session_use>&) override
    {
        return store_note{};
    }
    store_result<std::vector<revocation>> poll(std::int64_t) override
    {
        return std::vector<revocation>{};
    }
    store_outcome purge() override { return store_note{}; }

private:
    static tl::unexpected<store_failure> failed(const store_answer& answer)
    {
        return auth::failed(static_cast<store_failure::code>(
                                static_cast<int>(answer.status) - 1),
                            answer.detail);
    }
    static tl::unexpected<store_failure> failed(store_failure::code what)
    {
        return auth::failed(what);
    }

    std::vector<stored_session>::const_iterator
    position(const sha256_digest& digest) const
    {
        return std::find_if(sessions.begin(), sessions.end(),
                            [&digest](const stored_session& each) {
                                return each.digest == digest;
                            });
    }
};

} // namespace auth
