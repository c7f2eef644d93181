#include "nginx/conf/sqlite_file.h"

#include "nginx/child_process.h"
#include "nginx/conf/realm_keys.h"
#include "nginx/log.h"

#include "session/derived_key.h"
#include "store/sqlite_key.h"
#include "store/sqlite_start.h"

#include "base/quote.h"

#include <cerrno>
#include <cstring>

namespace auth {

namespace {

/// What a worker will find.
struct worker_view {
    sqlite_start start;
    wiped_string key; ///< empty: none is asked for, or there is none yet
};

/// The answer of the child begins with this. The key follows, and then the
/// notice or what is wrong.
struct answer_header {
    bool can_be_used = false;
    file_identity file;
    std::size_t key_size = 0;
};

/// The database, and its key if a key is asked for.
checked<worker_view> prepare(const std::string& path, bool with_key,
                             bool only_look)
{
    checked<sqlite_start> start = prepare_sqlite_start(path, only_look);
    if (!start) {
        return refused(start.error());
    }
    if (!with_key) {
        return worker_view{std::move(*start), {}};
    }
    checked<sqlite_key> key = prepare_sqlite_key(path, key_id, only_look);
    if (!key) {
        return refused(key.error());
    }
    if (!start->notice.empty() && !key->notice.empty()) {
        start->notice.append("; ");
    }
    start->notice.append(key->notice);
    return worker_view{std::move(*start), std::move(key->text)};
}

/// In the child. A start that is refused makes nothing either, so it looks
/// first.
wiped_string prepare_in_child(const ngx_core_conf_t& core,
                              const std::string& path, bool with_key)
{
    checked<worker_view> found =
        become_worker(core)
            ? prepare(path, with_key, true)
            : refused("cannot become the user of nginx's workers (" +
                      std::string(std::strerror(errno)) + "), whose database " +
                      in_quotes(path) + " is");
    if (found && ngx_test_config == 0) {
        found = prepare(path, with_key, false);
    }
    answer_header header;
    if (found) {
        header = {true, found->start.file, found->key.size()};
    }
    wiped_string answer(reinterpret_cast<const char*>(&header), sizeof header);
    if (found) {
        answer.append(found->key);
    }
    return answer.append(found ? found->start.notice : found.error());
}

/// Only the kernel knows all rules of access, and root may lack rights that the
/// worker has. So a child looks that has become the worker's user. The child
/// does not disturb locks on the database that this process may have.
checked<worker_view> prepare_as_worker(const ngx_core_conf_t& core,
                                       const std::string& path, bool with_key)
{
    const checked<wiped_string> answer =
        ask_child([&] { return prepare_in_child(core, path, with_key); });
    answer_header header;
    if (!answer || answer->size() < sizeof header) {
        return refused("cannot look at the database " + in_quotes(path) +
                       " as a worker (" +
                       (answer ? "its answer is not whole" : answer.error()) +
                       "), try again");
    }
    std::memcpy(&header, answer->data(), sizeof header);
    const std::string_view rest =
        std::string_view(*answer).substr(sizeof header);
    std::string text(rest.substr(header.key_size));
    if (!header.can_be_used) {
        return refused(std::move(text));
    }
    return worker_view{{std::move(text), header.file},
                       wiped_string(rest.substr(0, header.key_size))};
}

/// Without a `secret`, the key beside the database is the realm's secret.
void take_key(realm& owner, const wiped_string& key)
{
    if (!key.empty()) {
        owner.secrets.emplace_back(key);
        derive_realm_keys(owner);
    }
}

bool prepare(ngx_cycle_t* cycle, realm& owner)
{
    const bool with_key = !owner.is_written("secret");
    const checked<worker_view> found =
        prepare_as_worker(core_conf_of(cycle), owner.store.path, with_key);
    if (!found) {
        const source_position at = owner.position_of_directive("store");
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "auth: \"store\" of auth realm \"%V\": %s in %V:%ui",
                      &owner.name, found.error().c_str(), &at.file, at.line);
        return false;
    }
    if (!found->start.notice.empty()) {
        log_line(cycle->log, NGX_LOG_WARN, owner, found->start.notice);
    }
    take_key(owner, found->key);
    // The workers use this file, even if another file then has its name.
    owner.store.file = found->start.file;
    owner.make_stores();
    return true;
}

} // namespace

bool prepare_sqlite_file(ngx_cycle_t* cycle, realm& owner) noexcept
{
    return owner.store.what != store_uri::kind::sqlite ||
           guarded(cycle->log, false, [&] { return prepare(cycle, owner); });
}

} // namespace auth
