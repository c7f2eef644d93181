#include "store/admin_store.h"

namespace auth {

namespace {

constexpr std::size_t page_size = 500;

} // namespace

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
