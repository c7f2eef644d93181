#include "account/hash_count.h"

namespace auth {

store_answer count_hashes(user_store& store, dummy_hashes& dummies,
                          const std::function<bool()>& go_on)
{
    store_answer answer;
    const auto read_all = [&](const dummy_hashes::visitor& visit) {
        answer = store.for_each_password(visit);
        return answer.done();
    };
    dummies.count(read_all, go_on);
    return answer;
}

} // namespace auth
