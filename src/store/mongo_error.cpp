#include "store/mongo_error.h"

#include "base/ascii.h"

#include <algorithm>
#include <cctype>

namespace auth {

namespace {

using kind = mongo_failure::kind;

constexpr int out_of_disk_space = 14031;

std::string printable(const char* message)
{
    std::string text = message;
    std::replace_if(
        text.begin(), text.end(),
        [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
    return text;
}

/// Whether a server has interrupted a command because it is no longer primary
/// or is going down. The command may have taken effect or not.
bool is_interruption(uint32_t code)
{
    switch (code) {
    case 6:     // HostUnreachable
    case 7:     // HostNotFound
    case 50:    // MaxTimeMSExpired
    case 89:    // NetworkTimeout
    case 91:    // ShutdownInProgress
    case 189:   // PrimarySteppedDown
    case 262:   // ExceededTimeLimit
    case 9001:  // SocketException
    case 11600: // InterruptedAtShutdown
    case 11602: // InterruptedDueToReplStateChange
    case 13436: // NotPrimaryOrSecondary
        return true;
    default:
        return false;
    }
}

/// Whether a server has not begun a command because it is not the primary.
bool is_not_primary(uint32_t code)
{
    return code == 10107 || code == 13435 || code == 10058;
}

bool is_duplicate(uint32_t code)
{
    return code == 11000 || code == 11001 || code == 12582;
}

/// Whether a refusal is about an option that the server does not have, as far
/// as its number or sentence tells. It is not if the server has majority reads
/// and cannot do them just now, or is told not to.
bool is_unsupported(uint32_t code, std::string sentence)
{
    switch (code) {
    case 9:     // FailedToParse
    case 72:    // InvalidOptions
    case 115:   // CommandNotSupported
    case 238:   // NotImplemented
    case 40415: // unknown field
        return true;
    case 13:  // Unauthorized
    case 18:  // AuthenticationFailed
    case 134: // ReadConcernMajorityNotAvailableYet
    case 148: // ReadConcernMajorityNotEnabled
        return false;
    default:
        break;
    }
    sentence = to_ascii_lower(sentence);
    for (const char* part : {"unsupported", "not supported", "not implemented",
                             "unknown option", "readconcern"}) {
        if (sentence.find(part) != std::string::npos) {
            return true;
        }
    }
    return false;
}

bool names_write_concern(const char* sentence)
{
    const std::string lower = to_ascii_lower(sentence);
    return lower.find("writeconcern") != std::string::npos ||
           lower.find("write concern") != std::string::npos;
}

std::string explain_server_error(uint32_t code, const std::string& doing)
{
    switch (code) {
    case 13: // Unauthorized
        return "not allowed to " + doing +
               ": the URI needs a user with the role "
               "readWrite on its database";
    case 18: // AuthenticationFailed
        return "authentication failed: check the user name and password in "
               "the URI";
    case 121: // DocumentValidationFailure
        return "the collection has a validator that refuses the module's "
               "documents: docs/operating.md, section MongoDB, has their "
               "fields";
    case out_of_disk_space:
        return "the server's disk is full";
    case 100: // UnsatisfiableWriteConcern
        return "the server has too few members for a write to a majority";
    case 11000:
    case 11001:
    case 12582:
        return "a unique index refuses the document";
    default:
        break;
    }
    std::string text = "error " + std::to_string(code) + " from the server";
    if (is_not_primary(code) || is_interruption(code)) {
        text += ": it is shutting down or no longer the primary";
    }
    return text;
}

mongo_failure classify_server_error(uint32_t code, const char* sentence,
                                    const std::string& doing)
{
    mongo_failure failure;
    failure.code = static_cast<int>(code);
    failure.text = explain_server_error(code, doing);
    if (is_duplicate(code)) {
        failure.what = kind::duplicate;
    } else if (is_not_primary(code)) {
        failure.what = kind::not_done;
    } else if (is_interruption(code)) {
        failure.what = kind::lost;
    } else {
        failure.what = code == 18 ? kind::not_authorized : kind::refused;
        failure.unsupported = is_unsupported(code, sentence);
        failure.lacks_write_concern =
            failure.unsupported && names_write_concern(sentence);
    }
    return failure;
}

} // namespace

store_failure::cause cause_of(const mongo_failure& failure) noexcept
{
    if (failure.code == out_of_disk_space) {
        return store_failure::cause::full;
    }
    switch (failure.what) {
    case kind::refused:
    case kind::duplicate:
    case kind::not_authorized:
        return store_failure::cause::refused;
    default:
        return store_failure::cause::away;
    }
}

mongo_failure classify_mongo_error(const bson_error_t& error,
                                   const std::string& doing)
{
    mongo_failure failure;
    switch (error.domain) {
    case MONGOC_ERROR_SERVER:
        return classify_server_error(error.code, error.message, doing);

    case MONGOC_ERROR_WRITE_CONCERN:
        failure.code = static_cast<int>(error.code);
        failure.what = is_interruption(error.code) || is_not_primary(error.code)
                           ? kind::lost
                           : kind::unconfirmed;
        failure.text = "a majority of the servers did not confirm the write "
                       "in time (error " +
                       std::to_string(error.code) + ")";
        return failure;

    case MONGOC_ERROR_CLIENT:
        if (error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE) {
            failure.what = kind::not_authorized;
            failure.text =
                "authentication failed: check the user name and password in "
                "the URI, and authSource where the user is of another "
                "database";
            return failure;
        }
        failure.what = kind::refused;
        break;

    case MONGOC_ERROR_SERVER_SELECTION:
    case MONGOC_ERROR_SCRAM:
        failure.what = kind::not_sent;
        break;

    case MONGOC_ERROR_STREAM:
        failure.what = error.code == MONGOC_ERROR_STREAM_SOCKET
                           ? kind::lost
                           : kind::not_sent;
        break;

    case MONGOC_ERROR_COMMAND:
    case MONGOC_ERROR_BSON:
        failure.what = kind::refused;
        break;

    default:
        failure.what = kind::lost;
        break;
    }
    failure.text = printable(error.message);
    if (failure.text.find("initialize TLS") != std::string::npos) {
        failure.text += " Can the worker process read the files that "
                        "tlsCAFile and tlsCertificateKeyFile name?";
    }
    return failure;
}

} // namespace auth
