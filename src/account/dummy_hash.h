#pragma once

#include "password_hash.h"

#include "store/secret.h"
#include "store/user_store.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// The hashes to check where there is none of a user's own, so that a name
/// that nobody has is refused after as long a time as one that somebody has.
///
/// Each is of a kind and cost that the store holds; how often which is taken
/// is how often the store holds it. A name decides, by a keyed hash: trying it
/// again takes the same time again, as with a user. Whoever does not know the
/// key cannot tell which kind a name has if nobody has it.
///
/// One for a realm in each worker. They sample alike and share the key, so
/// they pick alike. Safe to use from several threads at once.
class dummy_hashes
{
public:
    using clock = std::chrono::steady_clock;

    /// So many users are looked at: with them, how often a kind is taken is off
    /// by about 1 in 100 of all names.
    static constexpr std::size_t sample_size = 2048;

    // How long a sample is good for: one of few users costs little, and each
    // of them counts for much.
    static constexpr std::chrono::seconds of_few_users{60};
    static constexpr std::chrono::seconds of_many_users{600};
    /// When the store is asked again after a failure.
    static constexpr std::chrono::seconds pause{10};

    /// The cost is that of new hashes: all that is known before users are.
    dummy_hashes(const hash_cost& cost, secret key);

    /// Samples the store, if it is time to, in the calling thread: a store
    /// stage. Only while there has never been a sample, others wait for the one
    /// that is being taken. When the store fails what is known stays. Returns
    /// a line for the error log, mostly empty. Throws std::bad_alloc.
    std::string refresh(user_store& store, clock::time_point now);

    /// The hash for this name; spellings that fold to one name have one.
    /// Throws std::bad_alloc, and std::runtime_error when OpenSSL does.
    std::string pick(std::string_view name) const;

private:
    /// A kind and cost, and how often it was seen.
    struct kind {
        std::string blank;
        std::uint64_t mark; ///< tells it from others
        double share;
    };
    using kinds = std::vector<kind>;

    bool begin(clock::time_point now);
    void end(std::shared_ptr<const kinds> sampled, clock::time_point next);
    static kinds count(const std::vector<secret>& passwords);

    const std::string usual_;
    const secret key_;

    mutable std::mutex mutex_;
    std::condition_variable first_sampled_;
    // Under mutex_:
    std::shared_ptr<const kinds> kinds_; ///< null before the first sample
    clock::time_point next_{};
    bool sampling_ = false;
};

} // namespace auth
