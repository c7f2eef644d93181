// ngx-auth-admin: what operators do with the users of ngx_http_auth_module.

#include "admin/command_line.h"
#include "admin/commands.h"
#include "admin/failure.h"
#include "admin/settings.h"

#include <exception>
#include <iostream>

namespace {

auth::exit_code run(int argc, char** argv)
{
    try {
        const auto asked = auth::parse_command_line(argc, argv);
        if (asked) {
            auth::run_command(*asked, auth::read_settings(*asked));
        }
        return auth::exit_code::done;
    } catch (const auth::told_failure& error) {
        return error.code();
    } catch (const auth::failure& error) {
        std::cerr << "ngx-auth-admin: " << error.what() << '\n';
        return error.code();
    } catch (const std::exception& error) {
        std::cerr << "ngx-auth-admin: " << error.what() << '\n';
        return auth::exit_code::failed;
    }
}

} // namespace

int main(int argc, char** argv)
{
    const auth::exit_code code = run(argc, argv);
    auth::close_store_libraries();
    return static_cast<int>(code);
}
