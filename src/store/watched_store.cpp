#include "store/watched_store.h"

#include <utility>

namespace auth {

namespace {

using code = store_failure::code;

bool is_failure(code what) noexcept
{
    return what == code::unusable || what == code::unavailable ||
           what == code::unknown;
}

/// Passes an answer on.
class watcher
{
public:
    explicit watcher(failure_watcher told) : told_(std::move(told)) {}

    template <class Answer>
    Answer operator()(Answer answer) const
    {
        if (!answer && is_failure(answer.error().what)) {
            told_(answer.error());
        }
        return answer;
    }

private:
    failure_watcher told_;
};

class watched_user_store final : public user_store
{
public:
    watched_user_store(std::shared_ptr<user_store> store, watcher seen)
        : store_(std::move(store)), seen_(std::move(seen))
    {}

    std::shared_ptr<user_store> within(store_time& time) override
    {
        return std::make_shared<watched_user_store>(store_->within(time),
                                                    seen_);
    }
    store_outcome prepare() override { return seen_(store_->prepare()); }
    store_result<stored_user>
    find(const std::vector<std::string>& spellings) override
    {
        return seen_(store_->find(spellings));
    }
    store_result<stored_user> find_by_id(const std::string& id) override
    {
        return seen_(store_->find_by_id(id));
    }
    store_result<bool> is_taken(const std::string& folded) override
    {
        return seen_(store_->is_taken(folded));
    }
    store_outcome insert(const stored_user& user) override
    {
        return seen_(store_->insert(user));
    }
    store_outcome replace_password(const stored_user& user,
                                   std::string_view new_password,
                                   std::int64_t new_epoch) override
    {
        return seen_(store_->replace_password(user, new_password, new_epoch));
    }
    store_outcome raise_epoch(const stored_user& user) override
    {
        return seen_(store_->raise_epoch(user));
    }
    store_outcome for_each_password(
        const std::function<bool(std::string_view)>& visit) override
    {
        return seen_(store_->for_each_password(visit));
    }

private:
    std::shared_ptr<user_store> store_;
    watcher seen_;
};

class watched_session_store final : public session_store
{
public:
    watched_session_store(std::shared_ptr<session_store> store, watcher seen)
        : store_(std::move(store)), seen_(std::move(seen))
    {}

    std::shared_ptr<session_store> within(store_time& time) override
    {
        return std::make_shared<watched_session_store>(store_->within(time),
                                                       seen_);
    }
    store_outcome prepare() override { return seen_(store_->prepare()); }
    std::int64_t now() const noexcept override { return store_->now(); }
    std::int64_t ahead_ms() const noexcept override
    {
        return store_->ahead_ms();
    }
    store_outcome insert(const stored_session& session) override
    {
        return seen_(store_->insert(session));
    }
    store_result<stored_session> find(const sha256_digest& digest) override
    {
        return seen_(store_->find(digest));
    }
    store_result<std::vector<sha256_digest>>
    present(const std::vector<sha256_digest>& sessions) override
    {
        return seen_(store_->present(sessions));
    }
    store_outcome remove(const sha256_digest& digest) override
    {
        return seen_(store_->remove(digest));
    }
    store_outcome remove_lower_epochs(const std::string& user_id,
                                      std::int64_t epoch) override
    {
        return seen_(store_->remove_lower_epochs(user_id, epoch));
    }
    store_result<std::vector<sha256_digest>> trim(const std::string& user_id,
                                                  const std::string& realm,
                                                  std::size_t limit) override
    {
        return seen_(store_->trim(user_id, realm, limit));
    }
    store_result<std::vector<stored_session>>
    list(const std::string& user_id,
         const std::optional<std::string>& realm) override
    {
        return seen_(store_->list(user_id, realm));
    }
    store_outcome touch(const std::vector<session_use>& uses) override
    {
        return seen_(store_->touch(uses));
    }
    store_result<std::vector<revocation>> poll(std::int64_t within_ms) override
    {
        return seen_(store_->poll(within_ms));
    }
    store_outcome purge() override { return seen_(store_->purge()); }

private:
    std::shared_ptr<session_store> store_;
    watcher seen_;
};

} // namespace

std::unique_ptr<user_store> watch(std::unique_ptr<user_store> store,
                                  failure_watcher told)
{
    return std::make_unique<watched_user_store>(std::move(store),
                                                watcher(std::move(told)));
}

std::shared_ptr<session_store> watch(std::shared_ptr<session_store> store,
                                     failure_watcher told)
{
    return std::make_shared<watched_session_store>(std::move(store),
                                                   watcher(std::move(told)));
}

} // namespace auth
