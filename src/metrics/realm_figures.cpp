#include "metrics/realm_figures.h"

#include "metrics/prometheus_text.h"

namespace auth {

namespace {

using type = prometheus_text::type;

// The values of labels, in the order of the enumerations.
constexpr std::string_view zone_answers[] = {"hit", "miss"};
constexpr std::string_view lookup_results[] = {"found", "absent", "unavailable",
                                               "turned_away"};
constexpr std::string_view login_results[] = {"accepted",    "refused",
                                              "throttled",   "turned_away",
                                              "unavailable", "abandoned"};
constexpr std::string_view registration_results[] = {
    "registered",  "taken",       "invalid",  "throttled",
    "turned_away", "unavailable", "abandoned"};
constexpr std::string_view store_works[] = {"account", "look_up", "background"};
constexpr std::string_view store_errors[] = {
    "unavailable", "refused", "full", "locked", "unknown", "unusable"};

constexpr std::uint64_t microseconds_per_ms = 1000;

/// Calls `add(counter, value of the label)` for each of the counters.
template <class Label, class Counter, std::size_t size, class Add>
void for_each(const counters_by<Label, Counter>& counters,
              const std::string_view (&values)[size], Add add)
{
    static_assert(size == counters_by<Label, Counter>::size);
    for (std::size_t i = 0; i < size; ++i) {
        add(counters[static_cast<Label>(i)], values[i]);
    }
}

template <class Label, std::size_t size>
void add_counts(prometheus_text& to, std::string_view label,
                const counters_by<Label>& counters,
                const std::string_view (&values)[size])
{
    for_each(counters, values,
             [&](const shared_counter& each, std::string_view value) {
                 to.add(each.value(), {label, value});
             });
}

void add_sessions(prometheus_text& to, const realm_figures& now,
                  const service_counters& counters)
{
    to.begin(
        "ngx_auth_sessions", type::gauge,
        "Sessions in the zone, with expired ones that are not removed yet");
    to.add(now.sessions);
    to.begin("ngx_auth_sessions_capacity", type::gauge,
             "Sessions for which the zone has room");
    to.add(now.capacity);
    to.begin("ngx_auth_zone_lookups_total", type::counter,
             "Session cookies that were looked up in the zone");
    add_counts(to, "result", counters.zone_answers, zone_answers);
}

void add_kept_sessions(prometheus_text& to,
                       const realm_figures::kept_sessions& kept,
                       const service_counters& counters)
{
    to.begin("ngx_auth_store_lookups_total", type::counter,
             "Sessions that the zone does not know, looked up in the store");
    add_counts(to, "outcome", counters.lookups, lookup_results);
    to.begin("ngx_auth_revocation_lag_seconds", type::gauge,
             "Seconds since the ended sessions were last read from the store");
    to.add_seconds(kept.unread_ms * microseconds_per_ms);
    to.begin("ngx_auth_stale_seconds", type::gauge,
             "Seconds for which sessions in the zone are not believed, "
             "because the store was not read for session_stale");
    to.add_seconds(kept.stale_ms * microseconds_per_ms);
    to.begin("ngx_auth_untold_endings", type::gauge,
             "Ended sessions that the store could not be told of yet");
    to.add(kept.untold);
}

void add_forms(prometheus_text& to, const service_counters& counters)
{
    to.begin("ngx_auth_logins_total", type::counter, "Forms of the login page");
    add_counts(to, "outcome", counters.logins, login_results);
    to.begin("ngx_auth_registrations_total", type::counter,
             "Forms of the registration page");
    add_counts(to, "outcome", counters.registrations, registration_results);
}

void add_hashes(prometheus_text& to, const realm_figures& now,
                const shared_stopwatch& hashes)
{
    to.begin("ngx_auth_hashes_running", type::gauge,
             "Password hashes that run now, of all realms of this nginx");
    to.add(now.hashes_running);
    to.begin("ngx_auth_hashes_waiting", type::gauge,
             "Forms that wait for their password hash, of all realms of this "
             "nginx");
    to.add(now.hashes_waiting);
    to.begin("ngx_auth_hashes_total", type::counter,
             "Turns of a thread that hashes a password");
    to.add(hashes.times());
    to.begin("ngx_auth_hash_seconds_total", type::counter,
             "Seconds that those turns took");
    to.add_seconds(hashes.microseconds());
}

void add_store(prometheus_text& to, const service_counters& counters)
{
    to.begin("ngx_auth_store_calls_total", type::counter,
             "Turns of a thread that calls the store");
    for_each(counters.store_calls, store_works,
             [&](const shared_stopwatch& each, std::string_view value) {
                 to.add(each.times(), {"work", value});
             });
    to.begin("ngx_auth_store_seconds_total", type::counter,
             "Seconds that those turns took");
    for_each(counters.store_calls, store_works,
             [&](const shared_stopwatch& each, std::string_view value) {
                 to.add_seconds(each.microseconds(), {"work", value});
             });
    to.begin("ngx_auth_store_errors_total", type::counter,
             "Calls of the store that have failed");
    add_counts(to, "kind", counters.store_errors, store_errors);
}

} // namespace

std::string prometheus_page(std::string_view realm, const realm_figures& now,
                            const service_counters& since_start)
{
    prometheus_text page(realm);
    add_sessions(page, now, since_start);
    if (now.kept) {
        add_kept_sessions(page, *now.kept, since_start);
    }
    add_forms(page, since_start);
    add_hashes(page, now, since_start.hashes);
    add_store(page, since_start);
    return page.text();
}

} // namespace auth
