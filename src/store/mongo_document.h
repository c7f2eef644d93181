#pragma once

#include "store/mongo_handles.h"
#include "store/user_schema.h"
#include "store/user_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Whether MongoDB can hold and look for this text: UTF-8 without NUL.
bool is_mongo_text(std::string_view text) noexcept;

/// Writes and reads users' documents, whose fields are where a schema says.
class mongo_user_documents
{
public:
    explicit mongo_user_documents(user_schema schema)
        : schema_(std::move(schema))
    {}

    const user_schema& schema() const noexcept { return schema_; }

    /// The document of a new user, with `created_at`. False when a field
    /// cannot be stored.
    bool write(const stored_user& user, bson_document& document) const;

    /// Which fields a query gives of a user, besides _id.
    void write_projection(bson_document& projection) const;

    /// done, with a detail where something had to be left out; or unusable.
    /// Then what could be read is set.
    store_answer read(const bson_t& document, stored_user& user) const;

    /// The name: a text, or a whole number's digits.
    bool read_username(const bson_t& document, std::string& username) const;

    /// The password, as String or Binary.
    bool read_password(const bson_t& document,
                       std::string_view& password) const;

private:
    bool read_disabled(const bson_t& document, bool& disabled,
                       std::string& unclear) const;
    bool read_roles(const bson_t& document,
                    std::vector<std::string>& roles) const;

    const user_schema schema_;
};

/// A field with an Array of roles, all texts that MongoDB can hold.
void write_roles(const std::string& path, const std::vector<std::string>& roles,
                 bson_document& document);

} // namespace auth
