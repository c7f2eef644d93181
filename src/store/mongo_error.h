#pragma once

#include "store/mongo_handles.h"
#include "store/store_result.h"

#include <string>

namespace auth {

/// How a command failed, as far as it matters for what to do next.
struct mongo_failure {
    enum class kind {
        none,
        not_sent,       ///< no server was reached
        not_authorized, ///< not sent: the user name or password is wrong
        not_done,       ///< sent, without effect; may be sent again (stepdown)
        refused,        ///< sent, without effect; would be refused again
        duplicate,      ///< a unique index refused it
        unconfirmed,    ///< it took effect; no majority has confirmed it yet
        lost            ///< sent; the answer did not come
    };
    kind what = kind::none;
    int code = 0; ///< the server's code, or 0
    /// Whether the server lacks an option of the command.
    bool unsupported = false;
    /// Whether that is the write concern, as far as its sentence tells.
    bool lacks_write_concern = false;
    std::string text; ///< what happened and what to do, fit for a log

    bool failed() const noexcept { return what != kind::none; }
};

/// Classifies an error of libmongoc (error API version 2). `doing` says what
/// was tried, as in "read collection users". The result does not repeat a
/// server's text: a server may quote the command, which may hold a hash.
mongo_failure classify_mongo_error(const bson_error_t& error,
                                   const std::string& doing);

/// The same failure for those who count.
store_failure::cause cause_of(const mongo_failure& failure) noexcept;

} // namespace auth
