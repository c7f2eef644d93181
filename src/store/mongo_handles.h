#pragma once

#include "base/secret.h"

#include <memory>
#include <mongoc/mongoc.h>
#include <string_view>

namespace auth {

/// Frees libmongoc's objects.
struct mongo_closer {
    void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
    void operator()(mongoc_client_pool_t* pool) const
    {
        mongoc_client_pool_destroy(pool);
    }
    void operator()(mongoc_collection_t* collection) const
    {
        mongoc_collection_destroy(collection);
    }
    void operator()(mongoc_cursor_t* cursor) const
    {
        mongoc_cursor_destroy(cursor);
    }
    void operator()(mongoc_write_concern_t* concern) const
    {
        mongoc_write_concern_destroy(concern);
    }
};

template <typename Object>
using mongo_handle = std::unique_ptr<Object, mongo_closer>;

/// A BSON document that is being built. The destructor wipes it, because it may
/// hold a hash.
class bson_document
{
public:
    bson_document() noexcept { bson_init(&value_); }
    bson_document(const bson_document&) = delete;
    bson_document& operator=(const bson_document&) = delete;
    ~bson_document()
    {
        // The bytes are this object's own and about to be freed.
        wipe_memory(const_cast<uint8_t*>(bson_get_data(&value_)), value_.len);
        bson_destroy(&value_);
    }

    bson_t* get() noexcept { return &value_; }
    const bson_t* get() const noexcept { return &value_; }

    void text(const char* key, std::string_view value)
    {
        bson_append_utf8(&value_, key, -1, value.data(),
                         static_cast<int>(value.size()));
    }
    void binary(const char* key, std::string_view value)
    {
        bson_append_binary(&value_, key, -1, BSON_SUBTYPE_BINARY,
                           reinterpret_cast<const uint8_t*>(value.data()),
                           static_cast<uint32_t>(value.size()));
    }
    void number(const char* key, int64_t value)
    {
        bson_append_int64(&value_, key, -1, value);
    }
    void boolean(const char* key, bool value)
    {
        bson_append_bool(&value_, key, -1, value);
    }
    void id(const char* key, const bson_oid_t& value)
    {
        bson_append_oid(&value_, key, -1, &value);
    }
    void date(const char* key, int64_t milliseconds)
    {
        bson_append_date_time(&value_, key, -1, milliseconds);
    }
    void document(const char* key, const bson_document& value)
    {
        bson_append_document(&value_, key, -1, value.get());
    }
    void array(const char* key, const bson_document& value)
    {
        bson_append_array(&value_, key, -1, value.get());
    }

private:
    bson_t value_;
};

} // namespace auth
