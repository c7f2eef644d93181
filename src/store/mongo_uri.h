#pragma once

#include "base/checked.h"
#include "base/wiped_string.h"

#include <string>
#include <string_view>

namespace auth {

/// What a checked MongoDB URI says.
struct mongo_address {
    wiped_string uri;     ///< whole, credentials included, for libmongoc
    std::string database; ///< name of the database
    std::string redacted; ///< without credentials and options
    std::string notice;   ///< what is ignored, without credentials; or empty
};

/// Checks a URI without touching the network. It rewrites what PyMongo takes
/// and libmongoc does not, if both can mean the same. The sentence about a URI
/// that it refuses holds no credentials.
checked<mongo_address> parse_mongo_uri(std::string_view text);

/// Keeps libmongoc's log out of stderr, which is nginx's error log. What
/// matters goes through store_failure.
void silence_mongo_log() noexcept;

/// Collects libmongoc's log of this thread in `lines` while it exists.
class mongo_log_catcher
{
public:
    explicit mongo_log_catcher(std::string& lines) noexcept;
    mongo_log_catcher(const mongo_log_catcher&) = delete;
    mongo_log_catcher& operator=(const mongo_log_catcher&) = delete;
    ~mongo_log_catcher();
};

} // namespace auth
