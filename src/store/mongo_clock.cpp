#include "store/mongo_clock.h"

#include <algorithm>
#include <optional>

namespace auth {

namespace {

/// So old the known difference may be when a revocation gets its time. A
/// failover may bring another clock, and every poll looks back further.
constexpr std::int64_t lasts_ms = 5000;
constexpr std::uint32_t command_not_found = 59;

/// Reads the time that a server says, if it does.
bool send(const mongo_client::call& call, const char* command,
          std::optional<std::int64_t>& time)
{
    bson_document question;
    question.number(command, 1);
    bson_document reply;
    if (!mongoc_client_read_command_with_opts(call.client, "admin",
                                              question.get(), nullptr, nullptr,
                                              reply.get(), call.error)) {
        return false;
    }
    bson_iter_t field;
    if (bson_iter_init_find(&field, reply.get(), "localTime") &&
        BSON_ITER_HOLDS_DATE_TIME(&field)) {
        time = bson_iter_date_time(&field);
    }
    return true;
}

/// Old servers, and some that speak their protocol, know only the old name.
bool say_hello(const mongo_client::call& call,
               std::optional<std::int64_t>& time)
{
    if (send(call, "hello", time)) {
        return true;
    }
    return call.error->domain == MONGOC_ERROR_SERVER &&
           call.error->code == command_not_found &&
           send(call, "isMaster", time);
}

} // namespace

std::int64_t mongo_clock::now() const noexcept
{
    return asked_at_ == 0 ? machine_milliseconds()
                          : steady_() + ahead_of_steady_ms_;
}

mongo_client::outcome mongo_clock::ask(const mongo_collection& any)
{
    return any.run("tell the time of", [&](const mongo_client::call& call) {
        std::optional<std::int64_t> there;
        const std::int64_t here = machine_milliseconds();
        const std::int64_t began = steady_();
        if (!say_hello(call, there)) {
            return false;
        }
        const std::int64_t ended = steady_();
        // The server has read its clock in the middle, as far as known.
        const std::int64_t doubt = (ended - began) / 2;
        const std::int64_t ahead = there ? *there - (here + doubt) : 0;
        ahead_ms_ = ahead > 0 ? std::max<std::int64_t>(ahead - doubt, 0)
                              : std::min<std::int64_t>(ahead + doubt, 0);
        ahead_of_steady_ms_ = here - began + ahead;
        asked_at_ = ended;
        return true;
    });
}

mongo_client::outcome mongo_clock::ask_now_and_then(const mongo_collection& any)
{
    const std::int64_t asked = asked_at_;
    if (asked != 0 && steady_() - asked < lasts_ms) {
        return {};
    }
    return ask(any);
}

} // namespace auth
