#include "base/secret.h"

#include <cstring>
#include <utility>

namespace auth {

void wipe_memory(void* bytes, std::size_t size) noexcept
{
    if (size != 0) {
        explicit_bzero(bytes, size);
    }
}

secret::secret(std::string_view bytes)
{
    if (bytes.empty()) {
        return;
    }
    bytes_ = std::make_unique<char[]>(bytes.size());
    std::memcpy(bytes_.get(), bytes.data(), bytes.size());
    size_ = bytes.size();
}

secret::secret(secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0))
{}

secret& secret::operator=(secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

secret::~secret()
{
    wipe();
}

void secret::wipe() noexcept
{
    wipe_memory(bytes_.get(), size_);
}

} // namespace auth
