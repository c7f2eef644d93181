#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace auth {

/// A decoded application/x-www-form-urlencoded body (WHATWG URL, section 5), as
/// names and values in their order.
class form
{
public:
    enum class error {
        none,
        bad_encoding, ///< a % without two hexadecimal digits, or bytes that
                      ///< are not valid UTF-8, or a NUL
        repeated_field,
        too_many_fields ///< over 16
    };

    static constexpr std::size_t max_fields = 16;

    form() = default;
    form(const form&) = delete;
    form& operator=(const form&) = delete;
    ~form(); ///< wipes every decoded byte

    /// Decodes `body`. After an error the form has no fields, and neither has
    /// an empty body. A second call starts afresh.
    error parse(std::string_view body);

    /// The value of a field; empty if there is no such field. Valid as long as
    /// the form.
    std::string_view get(std::string_view name) const noexcept;
    bool has(std::string_view name) const noexcept;

private:
    struct field {
        std::string_view name, value;
    };

    error add_field(std::string_view segment, char*& out) noexcept;
    const field* find(std::string_view name) const noexcept;
    void wipe() noexcept;

    // All bytes are in one block, so that one call wipes them. Strings that
    // grow would leave copies of a password behind.
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::array<field, max_fields> fields_;
    std::size_t count_ = 0;
};

/// Whether a Content-Type names application/x-www-form-urlencoded, without a
/// charset or with UTF-8. Other parameters do not matter.
bool is_form_content_type(std::string_view content_type) noexcept;

} // namespace auth
