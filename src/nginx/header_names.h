#pragma once

// Names of headers, compared as upstreams may read them.

#include "nginx/realm.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Without a name it is off.
identity_header make_identity_header(ngx_pool_t* pool, std::string_view name);

/// Whether a name is this folded one.
bool folds_to(const ngx_str_t& name, std::string_view folded) noexcept;

/// Names of headers, folded, to be looked for in every request.
class header_names
{
public:
    void add(std::string_view folded);
    bool has(const ngx_str_t& name) const noexcept
    {
        return (lengths_ >> (name.len % 64) & 1) != 0 && is_among(name);
    }

private:
    bool is_among(const ngx_str_t& name) const noexcept;

    std::vector<std::string_view> folded_;
    /// A bit for each length. It excludes most headers.
    std::uint64_t lengths_ = 0;
};

} // namespace auth
