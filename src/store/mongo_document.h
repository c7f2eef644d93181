#pragma once

#include "store/mongo_handles.h"
#include "store/user_schema.h"
#include "store/user_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Whether MongoDB can store this text and look for it: UTF-8 without NUL.
bool is_mongo_text(std::string_view text) noexcept;

/// Writes and reads the documents of users, whose fields a schema names.
class mongo_user_documents
{
public:
    explicit mongo_user_documents(user_schema schema)
        : schema_(std::move(schema))
    {}

    const user_schema& schema() const noexcept { return schema_; }

    /// Makes the document of a new user, with `created_at`. Returns false if a
    /// field cannot be stored.
    bool write(const stored_user& user, bson_document& document) const;

    /// Names the fields that a query gives of a user, besides _id.
    void write_projection(bson_document& projection) const;

    /// Reads a user. The detail tells if something had to be left out. Fails
    /// as unusable; then `user` has what could be read.
    store_outcome read(const bson_t& document, stored_user& user) const;

    /// Reads the name, which is a text or the digits of a whole number.
    bool read_username(const bson_t& document, std::string& username) const;

    /// Reads the password, which is a String or a Binary.
    bool read_password(const bson_t& document,
                       std::string_view& password) const;

private:
    bool read_disabled(const bson_t& document, bool& disabled,
                       std::string& unclear) const;
    bool read_roles(const bson_t& document,
                    std::vector<std::string>& roles) const;

    const user_schema schema_;
};

/// Adds a field with an Array of roles, all of which MongoDB can store.
void write_roles(const std::string& path, const std::vector<std::string>& roles,
                 bson_document& document);

} // namespace auth
