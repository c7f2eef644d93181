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

/// The hashes to check where there is none of a user's own, so that a name
/// that nobody has is refused after as long a time as one that somebody has.
///
/// In the background all stored hashes are read now and then, and counted by
/// kind and cost. A name that nobody has is checked against a hash of a counted
/// kind, each as often as it was counted; a keyed hash of the name decides
/// which, so that trying it again takes the same time again, as with a user.
/// A login never waits for a count: it takes what the last one found.
///
/// One for a realm in each worker. They count alike and share the key, so they
/// pick alike; who does not know the key cannot tell which kind a name has if
/// nobody has it. Safe to use from several threads at once.
class dummy_hashes
{
public:
    /// The cost is that of new hashes: all that is known in the moment before
    /// the first thousand users are read.
    dummy_hashes(const hash_cost& cost, secret key);

    /// Takes one stored hash; says whether it wants to see more.
    using visitor = std::function<bool(std::string_view)>;
    /// Shows each stored hash to the visitor until that has seen enough, or
    /// all are shown. Says whether all could be read.
    using reader = std::function<bool(const visitor&)>;

    /// Counts all hashes that `read_all` shows, in the calling thread. Asked at
    /// each hash, `go_on` may end it early; then, and when not all could be
    /// read, what was known stays, but for the first thousand of the first
    /// count, which stand for all until it is through.
    /// Throws std::bad_alloc, and what `read_all` throws.
    void count(const reader& read_all, const std::function<bool()>& go_on);

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
    using counts = std::map<std::string, std::size_t>; ///< by blank hash

    bool are_counted() const;
    void publish(const counts& counted);

    const std::string usual_;
    const secret key_;

    mutable std::mutex mutex_;
    std::shared_ptr<const kinds> kinds_; ///< under mutex_; null: none counted
};

} // namespace auth
