#include "admin/session_report.h"

#include "admin/text_table.h"
#include "admin/user_report.h"

#include "base/quote.h"
#include "base/utc_time.h"
#include "base/utf8.h"
#include "session/session_token.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace auth {

namespace {

using json_value = nlohmann::ordered_json;

std::string time_of(std::int64_t milliseconds)
{
    return utc_time(milliseconds / 1000);
}

/// Text of any length for a terminal.
std::string printable(const std::string& text)
{
    if (text.empty()) {
        return "-";
    }
    return is_utf8(text) && !has_control_character(text) ? text
                                                         : quoted_for_log(text);
}

json_value to_json(const stored_session& session)
{
    json_value report;
    report["id"] = id_of(session);
    report["realm"] = session.realm;
    report["created_at"] = time_of(session.created);
    report["last_used"] = time_of(session.seen);
    report["until"] = time_of(session.until);
    report["address"] = session.address;
    report["browser"] = session.browser;
    return report;
}

/// ASCII: a terminal may obey some characters that JSON does not escape.
std::string report_text(const json_value& value)
{
    return value.dump(-1, ' ', true, json_value::error_handler_t::replace);
}

void report_as_json(std::ostream& out,
                    const std::vector<stored_session>& sessions)
{
    bool any = false;
    for (const stored_session& each : sessions) {
        out << (any ? ",\n " : "[\n ") << report_text(to_json(each));
        any = true;
    }
    out << (any ? "\n]\n" : "[]\n");
}

} // namespace

std::string id_of(const stored_session& session)
{
    const auto id = public_session_id(session.digest);
    return {id.data(), id.size()};
}

void report_sessions(std::ostream& out, bool json,
                     const std::vector<stored_session>& sessions)
{
    if (json) {
        report_as_json(out, sessions);
        return;
    }
    text_table table(out, {"ID", "REALM", "SINCE", "LAST USED", "UNTIL",
                           "ADDRESS", "BROWSER"});
    for (const stored_session& each : sessions) {
        table.add({id_of(each), printable(each.realm), time_of(each.created),
                   time_of(each.seen), time_of(each.until),
                   printable(each.address), printable(each.browser)});
    }
    table.end();
}

void report_ended(std::ostream& out, bool json, const listed_user& user,
                  const std::string& id)
{
    if (!json) {
        out << "Ended "
            << (id.empty() ? "all sessions of " : "session " + id + " of ")
            << shown(user.username) << ".\n";
        return;
    }
    json_value report;
    report["username"] = user.username;
    report["session"] = id.empty() ? json_value() : json_value(id);
    report["ended"] = true;
    out << report_text(report) << '\n';
}

} // namespace auth
