#pragma once

// nginx's headers, and the few conversions between its types and ours.

extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>
}

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#if !(NGX_THREADS)
#error "ngx_http_auth_module needs an nginx built --with-threads"
#endif

#if __cplusplus < 201703L
#error "ngx_http_auth_module needs a C++17 compiler"
#endif

// nginx writes into it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
extern "C" ngx_module_t ngx_http_auth_module;

namespace auth {

inline std::string_view view(const ngx_str_t& text) noexcept
{
    return {reinterpret_cast<const char*>(text.data), text.len};
}

/// An ngx_str_t over bytes of another owner.
inline ngx_str_t borrow(std::string_view text) noexcept
{
    return {text.size(),
            const_cast<u_char*>(reinterpret_cast<const u_char*>(text.data()))};
}

/// A copy in a pool, with a NUL behind it. Throws std::bad_alloc.
inline ngx_str_t copy(ngx_pool_t* pool, std::string_view text)
{
    auto* bytes = static_cast<u_char*>(ngx_pnalloc(pool, text.size() + 1));
    if (bytes == nullptr) {
        throw std::bad_alloc();
    }
    ngx_memcpy(bytes, text.data(), text.size());
    bytes[text.size()] = '\0';
    return {text.size(), bytes};
}

/// A module of this nginx by its name, or null.
inline const ngx_module_t* find_module(const ngx_cycle_t* cycle,
                                       std::string_view name) noexcept
{
    for (ngx_uint_t i = 0; cycle->modules[i] != nullptr; ++i) {
        const ngx_module_t* module = cycle->modules[i];
        if (module->name != nullptr && module->name == name) {
            return module;
        }
    }
    return nullptr;
}

/// Whether the client speaks TLS to this nginx. A module that was configured
/// --with-compat but without TLS may be loaded by one that has it.
inline bool has_tls(const ngx_connection_t* c) noexcept
{
#if (NGX_SSL || NGX_COMPAT)
    return c->ssl != nullptr;
#else
    (void)c;
    return false;
#endif
}

/// Makes an object in a pool. The pool destroys it. Throws std::bad_alloc.
template <class T, class... Arguments>
T* pool_new(ngx_pool_t* pool, Arguments&&... arguments)
{
    void* memory = ngx_palloc(pool, sizeof(T));
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    if constexpr (std::is_trivially_destructible_v<T>) {
        return new (memory) T{std::forward<Arguments>(arguments)...};
    } else {
        ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(pool, 0);
        if (cleanup == nullptr) {
            throw std::bad_alloc();
        }
        T* object = new (memory) T(std::forward<Arguments>(arguments)...);
        cleanup->data = object;
        cleanup->handler = [](void* data) noexcept {
            static_cast<T*>(data)->~T();
        };
        return object;
    }
}

/// Calls `function` in a function that nginx calls. If it throws, logs a line
/// and returns `failed`.
template <class Result, class Function>
Result guarded(ngx_log_t* log, Result failed, Function&& function) noexcept
{
    try {
        return function();
    } catch (const std::bad_alloc&) {
        ngx_log_error(NGX_LOG_CRIT, log, 0, "auth: out of memory");
    } catch (const std::exception& error) {
        ngx_log_error(NGX_LOG_CRIT, log, 0, "auth: %s", error.what());
    }
    return failed;
}

/// The first exception of a thread needs memory from the C library, which ends
/// the process if there is none. This asks for the memory in time. The compiler
/// knows the function as pure, and leaves out a call whose value nobody takes.
inline void make_ready_for_exceptions() noexcept
{
    const volatile int taken = std::uncaught_exceptions();
    static_cast<void>(taken);
}

} // namespace auth
