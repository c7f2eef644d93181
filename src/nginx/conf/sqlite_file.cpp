#include "nginx/conf/sqlite_file.h"

#include "nginx/child_process.h"
#include "nginx/log.h"

#include "store/sqlite_start.h"

#include "base/quote.h"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <unistd.h>

namespace auth {

namespace {

const ngx_core_conf_t& core_conf_of(ngx_cycle_t* cycle) noexcept
{
    return *reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cycle->conf_ctx, ngx_core_module));
}

/// The answer of the child begins with this. The notice or what is wrong
/// follows.
struct answer_header {
    bool can_be_used = false;
    file_identity file;
};

/// Becomes the user of this nginx's workers.
bool become_worker(const ngx_core_conf_t& core) noexcept
{
    const bool changes_user =
        geteuid() == 0 && core.master != 0 && core.user != (ngx_uid_t)-1;
    return !changes_user || (setgid(core.group) == 0 &&
                             initgroups(core.username, core.group) == 0 &&
                             setuid(core.user) == 0);
}

/// In the child.
std::string look_as_worker(const ngx_core_conf_t& core, const std::string& path)
{
    const checked<sqlite_start> found =
        become_worker(core)
            ? prepare_sqlite_start(path, ngx_test_config != 0)
            : refused("cannot become the user of nginx's workers (" +
                      std::string(std::strerror(errno)) + "), whose database " +
                      in_quotes(path) + " is");
    const answer_header header{found.has_value(),
                               found ? found->file : file_identity()};
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
           (found ? found->notice : found.error());
}

/// Only the kernel knows all rules of access, and root may lack rights that the
/// worker has. So a child looks that has become the worker's user. The child
/// does not disturb locks on the database that this process may have.
checked<sqlite_start> prepare_as_worker(const ngx_core_conf_t& core,
                                        const std::string& path)
{
    const checked<std::string> answer =
        ask_child([&] { return look_as_worker(core, path); });
    answer_header header;
    if (!answer || answer->size() < sizeof header) {
        return refused("cannot look at the database " + in_quotes(path) +
                       " as a worker (" +
                       (answer ? "its answer is not whole" : answer.error()) +
                       "), try again");
    }
    std::memcpy(&header, answer->data(), sizeof header);
    std::string text = answer->substr(sizeof header);
    if (!header.can_be_used) {
        return refused(std::move(text));
    }
    return sqlite_start{std::move(text), header.file};
}

bool prepare(ngx_cycle_t* cycle, realm& owner)
{
    const checked<sqlite_start> found =
        prepare_as_worker(core_conf_of(cycle), owner.store.path);
    if (!found) {
        const source_position at = owner.position_of_directive("store");
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "auth: \"store\" of auth realm \"%V\": %s in %V:%ui",
                      &owner.name, found.error().c_str(), &at.file, at.line);
        return false;
    }
    if (!found->notice.empty()) {
        log_line(cycle->log, NGX_LOG_WARN, owner, found->notice);
    }
    // The workers use this file, even if another file then has its name.
    owner.store.file = found->file;
    owner.users = open_user_store(owner.store);
    return true;
}

} // namespace

bool prepare_sqlite_file(ngx_cycle_t* cycle, realm& owner) noexcept
{
    return owner.store.what != store_uri::kind::sqlite ||
           guarded(cycle->log, false, [&] { return prepare(cycle, owner); });
}

} // namespace auth
