#pragma once

// As much of nginx as the setters of directives call, so that they can be
// fuzzed without it. Memory of a pool is malloc()ed piece by piece, for the
// sanitizers; numbers, sizes and times are read as nginx reads them.

#include "nginx/ngx.h"

#include <string_view>
#include <vector>

namespace auth::fuzz {

/// What nginx hands to a setter: a directive's name and arguments.
class configuration_line
{
public:
    explicit configuration_line(const std::vector<std::string_view>& words);
    ~configuration_line(); ///< frees whatever was allocated meanwhile
    configuration_line(const configuration_line&) = delete;
    configuration_line& operator=(const configuration_line&) = delete;

    ngx_conf_t* cf() { return &cf_; }

private:
    std::vector<ngx_str_t> words_;
    ngx_array_t args_{};
    ngx_core_conf_t core_{};
    void* conf_ctx_[1] = {};
    ngx_cycle_t cycle_{};
    ngx_conf_file_t file_{};
    ngx_conf_t cf_{};
};

} // namespace auth::fuzz
