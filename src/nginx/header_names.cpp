#include "nginx/header_names.h"

#include "web/header_name.h"

#include <algorithm>

namespace auth {

bool folds_to(const ngx_str_t& name, std::string_view folded) noexcept
{
    if (name.len != folded.size()) {
        return false;
    }
    for (std::size_t i = 0; i < folded.size(); ++i) {
        if (fold_header_byte(name.data[i]) != folded[i]) {
            return false;
        }
    }
    return true;
}

identity_header make_identity_header(ngx_pool_t* pool, std::string_view name)
{
    identity_header header;
    if (name.empty()) {
        return header;
    }
    header.name = copy(pool, name);
    header.folded = fold_header_name(name);
    header.lower_case = copy(pool, header.folded);
    header.hash = ngx_hash_key(header.lower_case.data, header.lower_case.len);
    return header;
}

void header_names::add(std::string_view folded)
{
    folded_.push_back(folded);
    lengths_ |= std::uint64_t{1} << (folded.size() % 64);
}

bool header_names::is_among(const ngx_str_t& name) const noexcept
{
    return std::any_of(
        folded_.begin(), folded_.end(),
        [&](std::string_view folded) { return folds_to(name, folded); });
}

} // namespace auth
