#pragma once

#include "store/mongo_handles.h"

#include <string>

namespace auth {

/// How a command failed, as far as that matters for what to do next.
struct mongo_failure {
    enum class kind {
        none,
        not_sent,       ///< no server was reached
        not_authorized, ///< not sent: user name or password are wrong
        not_done,       ///< sent and not done, may be sent again (stepdown)
        refused,        ///< sent and not done, would be refused again
        duplicate,      ///< a unique index refused it
        unconfirmed,    ///< done, but no majority has confirmed it yet
        lost            ///< sent, but the answer did not come
    };
    kind what = kind::none;
    int code = 0; ///< the server's, else 0
    /// Refused for an option that the server does not have.
    bool unsupported = false;
    std::string text; ///< what happened and what to do, fit for a log

    bool failed() const noexcept { return what != kind::none; }
};

/// Sorts an error that libmongoc reports (error API version 2). `doing` says
/// what was tried, as in "read collection users". Texts that a server sends are
/// not repeated: a server may quote the command, which may hold a hash.
mongo_failure classify_mongo_error(const bson_error_t& error,
                                   const std::string& doing);

} // namespace auth
