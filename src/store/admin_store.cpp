#include "store/admin_store.h"

namespace auth {

namespace {

constexpr std::size_t page_size = 500;

} // namespace

store_answer
admin_store::for_each_user(const std::function<void(const listed_user&)>& visit)
{
    std::string after;
    std::vector<listed_user> page;
    do {
        page.clear();
        store_answer answer = list(after, page_size, page);
        if (!answer.done()) {
            return answer;
        }
        for (const listed_user& user : page) {
            visit(user);
        }
        if (!page.empty()) {
            after = page.back().place;
        }
    } while (page.size() == page_size);
    return {store_answer::code::done, {}};
}

} // namespace auth
