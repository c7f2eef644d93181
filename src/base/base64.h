#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// Decodes base64 (RFC 4648) without padding into `bytes`, which has `room`.
///
/// `plus` is the digit for 62: `+`, or another one of programs that have their
/// own. False, with nothing to rely on in `bytes`, where there are other
/// characters, more bytes than fit, a lone digit at the end, or bits that make
/// no byte and are set: those would be a second spelling of the same bytes.
bool decode_base64(std::string_view digits, std::uint8_t* bytes,
                   std::size_t room, std::size_t& size,
                   char plus = '+') noexcept;

/// The same with the padding that it has to have: `=` up to a multiple of four
/// digits.
bool decode_padded_base64(std::string_view digits, std::uint8_t* bytes,
                          std::size_t room, std::size_t& size) noexcept;

} // namespace auth
