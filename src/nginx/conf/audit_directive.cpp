#include "nginx/conf/audit_directive.h"

#include "nginx/configuration.h"

#include "base/quote.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {

namespace {

/// The object for a file. All realms that name the file share it.
audit_file* share(ngx_conf_t* cf, const ngx_open_file_t* file)
{
    for (const realm* other : main_conf_of(cf).realms) {
        if (other->audit_log != nullptr && other->audit_log->file() == file) {
            return other->audit_log;
        }
    }
    return pool_new<audit_file>(cf->pool, file);
}

/// 0, or the errno with which nginx will fail to open the file. nginx itself
/// would not name the line of the configuration.
int why_not_writable(const std::string& path)
{
    struct stat about;
    if (stat(path.c_str(), &about) == 0) {
        return S_ISDIR(about.st_mode)            ? EISDIR
               : access(path.c_str(), W_OK) == 0 ? 0
                                                 : errno;
    }
    if (errno != ENOENT) {
        return errno;
    }
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    return access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

} // namespace

audit_file* open_audit_file(ngx_conf_t* cf, std::string_view path)
{
    ngx_str_t name = copy(cf->pool, path);
    ngx_open_file_t* file = ngx_conf_open_file(cf->cycle, &name);
    if (file == nullptr) {
        throw std::bad_alloc();
    }
    const std::string full(view(file->name));
    if (const int error = why_not_writable(full)) {
        throw configuration_error(
            "cannot open " + in_quotes(full) +
            " for the \"audit_log\" directive (" + std::to_string(error) +
            ": " + std::strerror(error) +
            "), make its folder, or let the user who starts nginx write it");
    }
    return share(cf, file);
}

} // namespace auth
