#pragma once

#include "store/mongo_client.h"

#include <memory>
#include <string>
#include <utility>

namespace auth {

/// A collection of a deployment, whose connections it shares with others.
class mongo_collection
{
public:
    mongo_collection(std::shared_ptr<mongo_client> client, std::string name)
        : client_(std::move(client)), name_(std::move(name))
    {}

    /// The same for one operation: see store_time. It does not own the client,
    /// which must outlive it: an operation may be destroyed after libmongoc has
    /// ended.
    mongo_collection within(store_time& time) const
    {
        mongo_collection limited({std::shared_ptr<void>(), client_.get()},
                                 name_);
        limited.time_ = &time;
        return limited;
    }

    /// The same without the operation's limit, for what has to be done after a
    /// write. The limits of a command stay.
    mongo_collection without_limit() const
    {
        mongo_collection unlimited(*this);
        unlimited.time_ = nullptr;
        return unlimited;
    }

    /// See mongo_client.
    mongo_client::outcome run(const char* doing,
                              const mongo_client::attempt& command) const
    {
        return client_->run(name_, doing, command, time_);
    }
    std::string describe(const std::string& what_happened) const
    {
        return client_->describe(what_happened);
    }

    /// The answer to a write that is done.
    store_note done() const { return {client_->take_note()}; }

    const std::string& name() const noexcept { return name_; }

private:
    std::shared_ptr<mongo_client> client_;
    std::string name_;
    store_time* time_ = nullptr;
};

} // namespace auth
