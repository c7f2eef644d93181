#include "store/admin_store.h"

namespace auth {

namespace {

constexpr std::size_t page_size = 500;

} // namespace

listed_user list_user(stored_user user, const store_outcome& read)
{
    listed_user listed;
    listed.id = std::move(user.id);
    listed.username = std::move(user.username);
    listed.disabled = user.disabled;
    listed.roles = std::move(user.roles);
    listed.password = std::move(user.password);
    listed.usable = read.has_value();
    listed.problem = detail_of(read);
    return listed;
}

store_outcome
admin_store::for_each_user(const std::function<void(const listed_user&)>& visit)
{
    std::string after;
    std::size_t size = 0;
    do {
        const auto page = list(after, page_size);
        if (!page) {
            return failed(page.error());
        }
        for (const listed_user& user : *page) {
            visit(user);
        }
        size = page->size();
        if (size != 0) {
            after = page->back().place;
        }
    } while (size == page_size);
    return store_note{};
}

} // namespace auth
