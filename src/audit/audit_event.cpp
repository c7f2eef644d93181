#include "audit/audit_event.h"

#include <nlohmann/json.hpp>

#include <ctime>
#include <utility>

namespace auth {

namespace {

constexpr std::size_t longest_user = 128;
constexpr std::size_t longest_reason = 1024;

const char* name_of(audit_kind kind) noexcept
{
    switch (kind) {
    case audit_kind::registered:
        return "registered";
    case audit_kind::logged_in:
        return "logged in";
    case audit_kind::login_failed:
        return "login failed";
    case audit_kind::throttled:
        return "throttled";
    case audit_kind::no_session:
        return "no session";
    case audit_kind::logged_out:
        return "logged out";
    case audit_kind::session_ended:
        return "session ended";
    case audit_kind::password_changed:
        return "password changed";
    case audit_kind::rehashed:
        return "rehashed";
    case audit_kind::store_error:
        return "store error";
    case audit_kind::form_refused:
    case audit_kind::form_by_http:
        return "form refused";
    }
    return "";
}

/// The time as RFC 3339 has it, with milliseconds.
std::string timestamp(audit_time when)
{
    const auto seconds = static_cast<std::time_t>(when.seconds);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char date[sizeof "2026-01-02T03:04:05"];
    const std::size_t size =
        std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    const std::string fraction =
        std::to_string(1000 + when.milliseconds % 1000);
    return std::string(date, size) + "." + fraction.substr(1) + "Z";
}

/// At most `most` bytes of the text. It does not end within a character.
std::string_view cut(std::string_view text, std::size_t most) noexcept
{
    if (text.size() <= most) {
        return text;
    }
    std::size_t end = most;
    while (most - end < 3 &&
           (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
        --end;
    }
    return text.substr(0, end);
}

/// The text in quotation marks. Only single strings are made by the JSON
/// library, which ends the process if it has no memory for one of its objects.
std::string quoted(std::string_view text)
{
    using value = nlohmann::json;
    return value(std::string(text))
        .dump(-1, ' ', true, value::error_handler_t::replace);
}

class json_object
{
public:
    void put(std::string_view name, std::string_view text)
    {
        if (!text.empty()) {
            put_value(name, quoted(text));
        }
    }

    void put(std::string_view name, std::uint32_t number)
    {
        if (number != 0) {
            put_value(name, std::to_string(number));
        }
    }

    void put_value(std::string_view name, std::string_view json)
    {
        text_ += text_.empty() ? "{\"" : ",\"";
        text_.append(name).append("\":").append(json);
    }

    std::string end() && { return std::move(text_) + "}"; }

private:
    std::string text_;
};

} // namespace

std::string audit_line(std::string_view realm, const audit_event& what,
                       audit_time when)
{
    json_object line;
    line.put("time", timestamp(when));
    line.put("event", name_of(what.kind));
    line.put("realm", realm);
    line.put("address", what.address);
    if (what.session[0] != '\0') {
        line.put("session", {what.session.data(), what.session.size()});
    }
    line.put("count", what.count);
    line.put("retry_after", what.retry_after_s);
    line.put("user", cut(what.user, longest_user));
    if (what.user.size() > longest_user) {
        line.put_value("user_cut", "true");
    }
    line.put("user_length", what.user_length);
    line.put("reason", cut(what.reason, longest_reason));
    return std::move(line).end() + '\n';
}

} // namespace auth
