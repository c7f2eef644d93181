#include "admin/session_commands.h"

#include "admin/expect.h"
#include "admin/failure.h"
#include "admin/session_report.h"
#include "admin/user_report.h"

#include <algorithm>
#include <iostream>

namespace auth {

namespace {

constexpr std::size_t id_size = 12;

listed_user find_user(const command_line& asked, user_directory& users)
{
    listed_user user = users.find(asked.user);
    user_directory::refuse_unknown_id(user);
    return user;
}

bool is_session_id(const std::string& text)
{
    return text.size() == id_size &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// What has to be known before the store is asked.
void check_which(const command_line& asked)
{
    if (asked.session.empty() && !asked.all) {
        throw failure(exit_code::usage,
                      "say which session ends, by the ID that \"sessions\" "
                      "shows, or --all");
    }
    if (!asked.session.empty() && !is_session_id(asked.session)) {
        throw failure(exit_code::usage,
                      shown(asked.session) +
                          " is no ID of a session: these are 12 hexadecimal "
                          "digits, as \"sessions\" shows them");
    }
}

/// Two sessions have the same id once in 2^48 pairs; then both end.
void end_session(const listed_user& user, const std::string& id,
                 session_store& sessions)
{
    std::vector<stored_session> found =
        expect(sessions.list(user.id, std::nullopt));
    const auto others = std::remove_if(
        found.begin(), found.end(),
        [&id](const stored_session& each) { return id_of(each) != id; });
    found.erase(others, found.end());
    if (found.empty()) {
        throw failure(exit_code::no_such_user, shown(user.username) +
                                                   " has no session " + id +
                                                   " in the store");
    }
    for (const stored_session& each : found) {
        expect(sessions.remove(each.digest));
    }
}

} // namespace

void list_sessions(const command_line& asked, user_directory& users)
{
    const listed_user user = find_user(asked, users);
    report_sessions(std::cout, asked.json,
                    expect(users.sessions().list(user.id, std::nullopt)));
}

void log_out(const command_line& asked, user_directory& users)
{
    check_which(asked);
    listed_user user = find_user(asked, users);
    if (asked.all) {
        user_changes changes;
        changes.end_sessions = true;
        users.change(user, changes);
    } else {
        end_session(user, asked.session, users.sessions());
    }
    report_ended(std::cout, asked.json, user, asked.session);
}

} // namespace auth
