#pragma once

#include "hash/password_hash.h"

#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// The hashes that a login checks if there is no user, so that the refusal
/// takes as long as for a user.
///
/// A background thread sometimes reads all stored hashes, and counts them by
/// kind and cost. A name that nobody has is checked against a hash of a counted
/// kind, and each kind as often as it was counted. A keyed hash of the name
/// chooses the kind, so that the same name takes the same time again, as a
/// user's name does. A login never waits for a count, and takes the result of
/// the last one.
///
/// Each worker has an object for each realm. They count the same hashes and
/// share the key, so they choose the same kinds. Without the key nobody can
/// tell which kind the name of no user has. Several threads may use an object
/// at once.
class dummy_hashes
{
public:
    /// `cost` is that of new hashes. Nothing else is known until the first
    /// thousand users are read.
    dummy_hashes(const hash_cost& cost, secret key);

    /// Takes a stored hash, and returns whether it wants more.
    using visitor = std::function<bool(std::string_view)>;
    /// Shows stored hashes to the visitor, until that has enough or all are
    /// shown. Returns whether all could be read.
    using reader = std::function<bool(const visitor&)>;

    /// Counts all hashes that `read_all` shows, in the calling thread. It asks
    /// `go_on` at each hash, which may end it early. Then, and if not all could
    /// be read, the last count stays. Only the first count takes effect early:
    /// after a thousand hashes, which stand for all until it ends. Throws
    /// std::bad_alloc, and whatever `read_all` throws.
    void count(const reader& read_all, const std::function<bool()>& go_on);

    /// The hash for this name. Spellings that fold to the same name have the
    /// same hash. Throws std::bad_alloc, and std::runtime_error if OpenSSL
    /// fails.
    std::string pick(std::string_view name) const;

private:
    /// A kind and cost, and how often it was seen.
    struct kind {
        std::string blank;
        std::uint64_t mark; ///< each kind has another one
        double share;
    };
    using kinds = std::vector<kind>;
    using counts = std::map<std::string, std::size_t>; ///< by blank hash

    bool are_counted() const;
    void publish(const counts& counted);

    const std::string usual_;
    const secret key_;

    mutable std::mutex mutex_;
    std::shared_ptr<const kinds> kinds_; ///< under mutex_; null: none counted
};

} // namespace auth
