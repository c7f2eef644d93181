#include "nginx_stand_in.h"

#include <cstdlib>
#include <cstring>

namespace {

std::vector<void*> allocated;

void* allocate(std::size_t size)
{
    allocated.push_back(std::malloc(size));
    return allocated.back();
}

bool is_digit(u_char c)
{
    return c >= '0' && c <= '9';
}

/// Times a unit, or NGX_ERROR.
ngx_int_t multiplied(ngx_int_t number, ngx_int_t by)
{
    return number == NGX_ERROR || number > NGX_MAX_INT_T_VALUE / by
               ? NGX_ERROR
               : number * by;
}

struct unit {
    std::string_view name;
    ngx_int_t milliseconds;
};
// From large to small, as they must be written.
constexpr unit units[] = {{"y", 31'536'000'000},
                          {"M", 2'592'000'000},
                          {"w", 604'800'000},
                          {"d", 86'400'000},
                          {"h", 3'600'000},
                          {"m", 60'000},
                          {"s", 1'000},
                          {"ms", 1},
                          {"", 1'000}};

/// Takes a unit off the text; those from `next` on may be taken. nullptr if
/// there is none.
const unit* take_unit(std::string_view& text, std::size_t& next)
{
    std::string_view name = text.substr(0, text.find_first_of("0123456789 "));
    text.remove_prefix(name.size());
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    for (std::size_t i = next; i < std::size(units); ++i) {
        if (units[i].name == name) {
            next = i + 1;
            return &units[i];
        }
    }
    return nullptr;
}

} // namespace

extern "C" {

ngx_module_t ngx_core_module;

void* ngx_palloc(ngx_pool_t*, size_t size)
{
    return allocate(size);
}

void* ngx_pnalloc(ngx_pool_t*, size_t size)
{
    return allocate(size);
}

void* ngx_array_push(ngx_array_t* array)
{
    // Elements may move: as in nginx, nobody keeps pointers to them.
    void* elements = allocate((array->nelts + 1) * array->size);
    if (array->nelts != 0) {
        std::memcpy(elements, array->elts, array->nelts * array->size);
    }
    array->elts = elements;
    return static_cast<char*>(elements) + array->nelts++ * array->size;
}

void* ngx_list_push(ngx_list_t*)
{
    std::abort(); // no setter has a list
}

ngx_int_t ngx_atoi(u_char* line, size_t n)
{
    ngx_int_t value = n == 0 ? NGX_ERROR : 0;
    for (; n-- > 0 && value != NGX_ERROR; ++line) {
        value = is_digit(*line) ? multiplied(value, 10) : NGX_ERROR;
        if (value != NGX_ERROR) {
            const ngx_int_t digit = *line - '0';
            value =
                value > NGX_MAX_INT_T_VALUE - digit ? NGX_ERROR : value + digit;
        }
    }
    return value;
}

ssize_t ngx_parse_size(ngx_str_t* line)
{
    if (line->len == 0) {
        return NGX_ERROR;
    }
    ngx_int_t factor = 1;
    switch (line->data[line->len - 1] | 0x20) {
    case 'k':
        factor = 1024;
        break;
    case 'm':
        factor = 1024 * 1024;
    }
    return multiplied(ngx_atoi(line->data, line->len - (factor == 1 ? 0 : 1)),
                      factor);
}

ngx_int_t ngx_parse_time(ngx_str_t* line, ngx_uint_t)
{
    std::string_view text = auth::view(*line);
    ngx_int_t total = 0;
    std::size_t next = 0;
    do {
        std::size_t digits = 0;
        while (digits < text.size() && is_digit(text[digits])) {
            ++digits;
        }
        const ngx_int_t number = ngx_atoi(
            reinterpret_cast<u_char*>(const_cast<char*>(text.data())), digits);
        text.remove_prefix(digits);
        const unit* in = take_unit(text, next);
        if (in == nullptr) {
            return NGX_ERROR;
        }
        const ngx_int_t part = multiplied(number, in->milliseconds);
        if (part == NGX_ERROR || part > NGX_MAX_INT_T_VALUE - total) {
            return NGX_ERROR;
        }
        total += part;
    } while (!text.empty());
    return total;
}

ngx_int_t ngx_conf_full_name(ngx_cycle_t*, ngx_str_t* name, ngx_uint_t)
{
    // No file of this machine is read.
    *name = auth::copy(nullptr, "/nowhere/" + std::string(auth::view(*name)));
    return NGX_OK;
}

ngx_uint_t ngx_hash_key(u_char* data, size_t len)
{
    ngx_uint_t key = 0;
    for (size_t i = 0; i < len; ++i) {
        key = ngx_hash(key, data[i]);
    }
    return key;
}

ngx_int_t ngx_strncasecmp(u_char* a, u_char* b, size_t n)
{
    return strncasecmp(reinterpret_cast<char*>(a), reinterpret_cast<char*>(b),
                       n);
}

ngx_thread_pool_t* ngx_thread_pool_add(ngx_conf_t*, ngx_str_t* name)
{
    return reinterpret_cast<ngx_thread_pool_t*>(name); // only compared
}

void ngx_cdecl ngx_conf_log_error(ngx_uint_t, ngx_conf_t*, ngx_err_t,
                                  const char*, ...)
{}

void ngx_log_error_core(ngx_uint_t, ngx_log_t*, ngx_err_t, const char*, ...) {}

} // extern "C"

namespace auth::fuzz {

configuration_line::configuration_line(
    const std::vector<std::string_view>& words)
{
    for (const std::string_view word : words) {
        words_.push_back(copy(nullptr, word)); // as nginx does, with a NUL
    }
    args_.elts = words_.data();
    args_.nelts = words_.size();
    args_.size = sizeof(ngx_str_t);
    core_.env.size = sizeof(ngx_str_t);
    conf_ctx_[0] = &core_;
    cycle_.conf_ctx = reinterpret_cast<void****>(conf_ctx_);
    cf_.args = &args_;
    cf_.cycle = &cycle_;
    cf_.conf_file = &file_;
}

configuration_line::~configuration_line()
{
    for (void* piece : allocated) {
        std::free(piece);
    }
    allocated.clear();
}

} // namespace auth::fuzz
