#include "store/session_limits.h"

#include "base/utf8.h"

#include <algorithm>

namespace auth {

namespace {

/// As the module writes them, with room.
constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_address = 128;

bool is_text(std::string_view text, std::size_t longest) noexcept
{
    return text.size() <= longest && is_utf8(text) &&
           text.find('\0') == text.npos;
}

} // namespace

std::string_view name_of(session_kind kind) noexcept
{
    return kind == session_kind::app ? "app" : "login";
}

std::optional<session_kind> session_kind_of(std::string_view name) noexcept
{
    for (const session_kind kind : {session_kind::login, session_kind::app}) {
        if (name == name_of(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

bool can_be_stored(const stored_session& session) noexcept
{
    const std::int64_t lowest =
        std::min({session.epoch, session.created, session.seen, session.until,
                  session.password_shown, session.code_shown});
    return lowest >= 0 && !session.realm.empty() && !session.user_id.empty() &&
           is_text(session.realm, longest_name) &&
           is_text(session.user_id, longest_name) &&
           is_text(session.address, longest_address) &&
           is_text(session.browser, stored_session::max_browser);
}

tl::unexpected<store_failure> refuse_session()
{
    return failed(store_failure::code::unusable,
                  "a session's realm, user, address or browser cannot be "
                  "stored: it is no text or too long");
}

} // namespace auth
