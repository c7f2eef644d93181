#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace auth {

/// Bytes that must not outlive their use: a password, a password hash, a key.
///
/// It owns its bytes, can only be moved, and overwrites them before it frees
/// them; the compiler cannot remove that write. Any thread may use it, one at a
/// time.
class secret
{
public:
    secret() = default;
    explicit secret(std::string_view bytes);
    secret(secret&& other) noexcept;
    secret& operator=(secret&& other) noexcept;
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;
    ~secret();

    /// The bytes. They are valid until this object is moved from or destroyed.
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }
    bool empty() const noexcept { return size_ == 0; }
    secret copy() const { return secret(view()); }

private:
    void wipe() noexcept;

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

/// Overwrites `size` bytes at `bytes`. The compiler does not remove the write.
void wipe_memory(void* bytes, std::size_t size) noexcept;

} // namespace auth
