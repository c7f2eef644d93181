#include "nginx/request/request_headers.h"

#include "nginx/internals/header_lists.h"

namespace auth {

namespace {

/// A list of headers made of pieces of other lists. The elements stay where
/// they are, and so do nginx's pointers to Host and others.
class header_pieces
{
public:
    explicit header_pieces(ngx_pool_t* pool) noexcept : pool_(pool) {}

    void add(ngx_table_elt_t* elements, ngx_uint_t count)
    {
        if (count == 0) {
            return; // nginx reads the first element of every later part
        }
        ngx_list_part_t* added = &first_;
        if (last_ != nullptr) {
            added = static_cast<ngx_list_part_t*>(
                ngx_palloc(pool_, sizeof(ngx_list_part_t)));
            if (added == nullptr) {
                throw std::bad_alloc();
            }
            last_->next = added;
        }
        *added = {elements, count, nullptr};
        last_ = added;
    }

    /// Makes `list` the list of the pieces. It has a first part of its own, and
    /// no room: what is added to it goes into a new part.
    void become(ngx_list_t& list)
    {
        if (last_ == nullptr) {
            ngx_list_t empty;
            if (ngx_list_init(&empty, pool_, 2, sizeof(ngx_table_elt_t)) !=
                NGX_OK) {
                throw std::bad_alloc();
            }
            list = empty;
            list.last = &list.part;
            return;
        }
        list.part = first_;
        list.last = last_ == &first_ ? &list.part : last_;
        list.nalloc = last_->nelts;
    }

private:
    ngx_pool_t* pool_;
    ngx_list_part_t first_ = {};
    ngx_list_part_t* last_ = nullptr;
};

/// Takes the headers that `unwanted` names out of the request. nginx's upstream
/// modules pass every element of the list on, so nothing can be marked as
/// removed there.
template <class Unwanted>
void remove_headers_if(ngx_http_request_t* r, header_list wanted,
                       Unwanted&& unwanted)
{
    ngx_list_t& headers = r->headers_in.headers;
    header_pieces kept(r->pool);
    bool changed = wanted == header_list::own;
    for (const ngx_list_part_t* part = &headers.part; part != nullptr;
         part = part->next) {
        auto* begin = static_cast<ngx_table_elt_t*>(part->elts);
        ngx_table_elt_t* const end = begin + part->nelts;
        for (ngx_table_elt_t* header = begin; header != end; ++header) {
            if (unwanted(*header)) {
                kept.add(begin, static_cast<ngx_uint_t>(header - begin));
                begin = header + 1;
                changed = true;
            }
        }
        kept.add(begin, static_cast<ngx_uint_t>(end - begin));
    }
    if (!changed) {
        return;
    }
    kept.become(headers);
    drop_empty_cookies(r);
}

} // namespace

bool shares_request_headers(const ngx_http_request_t* r,
                            const ngx_http_request_t* other) noexcept
{
    const ngx_list_t& own = r->headers_in.headers;
    const ngx_list_t& others = other->headers_in.headers;
    return own.last == others.last && own.part.elts == others.part.elts &&
           own.part.nelts == others.part.nelts &&
           own.part.next == others.part.next;
}

void remove_request_headers(ngx_http_request_t* r, const header_names& names,
                            header_list wanted)
{
    remove_headers_if(r, wanted, [&](const ngx_table_elt_t& header) {
        return names.has(header.key) ||
               (header.value.len == 0 && is_cookie(header));
    });
}

void add_request_header(ngx_http_request_t* r, const identity_header& header,
                        ngx_str_t value)
{
    auto* element =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_in.headers));
    if (element == nullptr) {
        throw std::bad_alloc();
    }
    ngx_memzero(element, sizeof(*element));
    element->hash = header.hash;
    element->key = header.name;
    element->lowcase_key = header.lower_case.data;
    element->value = value;
}

std::optional<std::string_view> request_header(ngx_http_request_t* r,
                                               std::string_view name)
{
    std::optional<std::string_view> found;
    any_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        if (header.key.len != name.size() ||
            ngx_strncasecmp(header.key.data, borrow(name).data, name.size()) !=
                0) {
            return false;
        }
        if (!found) {
            found = view(header.value);
        } else {
            std::string joined(*found);
            joined.append(", ").append(view(header.value));
            found = view(copy(r->pool, joined));
        }
        return false;
    });
    return found;
}

std::string_view requested_host(const ngx_http_request_t* r) noexcept
{
    // HTTP/3 may have no Host, only the name in :authority.
    return view(r->headers_in.host != nullptr ? r->headers_in.host->value
                                              : r->headers_in.server);
}

} // namespace auth
