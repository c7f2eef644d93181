#include "nginx/internals/thread_pools.h"

#include "nginx/configuration_error.h"

#include "base/quote.h"

#include <iterator>
#include <numeric>
#include <string>

namespace auth {

namespace {

/// The beginning of nginx's ngx_thread_pool_t.
struct pool_beginning {
    ngx_thread_mutex_t mutex;
    ngx_thread_task_t* first;
    ngx_thread_task_t** last;
    ngx_int_t waiting;
    ngx_thread_cond_t condition;
    ngx_log_t* log;
    ngx_str_t name;
    ngx_uint_t threads;
};

/// nginx's ngx_thread_pool_conf_t.
struct pools_configuration {
    ngx_array_t pools; // of pointers
};

} // namespace

ngx_thread_pool_t* declare_thread_pool(ngx_conf_t* cf, std::string_view name,
                                       ngx_uint_t threads)
{
    ngx_str_t words[] = {borrow("thread_pool"), copy(cf->pool, name),
                         copy(cf->pool, "threads=" + std::to_string(threads))};
    ngx_array_t arguments{};
    arguments.elts = words;
    arguments.nelts = std::size(words);
    ngx_conf_t written = *cf;
    written.args = &arguments;

    // By its name, because the symbol is missing in an nginx without threads.
    const ngx_module_t* module =
        find_module(cf->cycle, "ngx_thread_pool_module");
    ngx_command_t* directive = module == nullptr ? nullptr : module->commands;
    // The handler finds its configuration itself.
    if (directive == nullptr || view(directive->name) != "thread_pool" ||
        directive->set(&written, directive, nullptr) != NGX_CONF_OK) {
        throw configuration_error("nginx refuses the thread pool " +
                                  in_quotes(name) +
                                  " of this module, leave that name to it");
    }
    return ngx_thread_pool_add(cf, &words[1]); // the same pool
}

ngx_uint_t threads_of_worker(const ngx_cycle_t* cycle) noexcept
{
    const ngx_module_t* module = find_module(cycle, "ngx_thread_pool_module");
    if (module == nullptr) {
        return 0;
    }
    const auto* conf = reinterpret_cast<const pools_configuration*>(
        cycle->conf_ctx[module->index]);
    auto** pools = static_cast<pool_beginning**>(conf->pools.elts);
    return std::accumulate(pools, pools + conf->pools.nelts, ngx_uint_t{0},
                           [](ngx_uint_t sum, const pool_beginning* pool) {
                               return sum + pool->threads;
                           });
}

} // namespace auth
