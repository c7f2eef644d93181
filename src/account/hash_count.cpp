#include "account/hash_count.h"

namespace auth {

store_outcome count_hashes(user_store& store, dummy_hashes& dummies,
                           const std::function<bool()>& go_on)
{
    store_outcome answer;
    const auto read_all = [&](const dummy_hashes::visitor& visit) {
        answer = store.for_each_password(visit);
        return answer.has_value();
    };
    dummies.count(read_all, go_on);
    return answer;
}

} // namespace auth
