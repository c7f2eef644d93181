#include "account/session_removal.h"

#include <algorithm>
#include <utility>

namespace auth {

session_removal::session_removal(session_store& store,
                                 std::vector<sha256_digest> sessions)
    : store_(store), not_ended_(std::move(sessions))
{
    then(stage::store, [this] { remove(); });
}

void session_removal::remove()
{
    const auto ended = std::remove_if(not_ended_.begin(), not_ended_.end(),
                                      [this](const sha256_digest& digest) {
                                          const store_outcome removed =
                                              store_.remove(digest);
                                          if (!removed) {
                                              detail_ = removed.error().detail;
                                          }
                                          return removed.has_value();
                                      });
    not_ended_.erase(ended, not_ended_.end());
}

} // namespace auth
