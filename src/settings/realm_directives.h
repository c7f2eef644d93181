#pragma once

// The directives of an `auth_realm` block, an entry each. nginx and
// ngx-auth-admin read them alike.

#include "settings/directive.h"
#include "settings/realm_settings.h"

#include <vector>

namespace auth {

/// How many words follow a directive's name.
enum class arguments { one, one_or_two, one_or_more };

/// An entry says everything about a directive but its use and its
/// documentation.
struct realm_directive {
    const char* name;
    arguments takes;
    /// The arguments that apply if nobody writes the directive. If this is
    /// empty, the initial value in realm_settings applies.
    std::string_view by_default;
    /// Puts the value into the settings, or throws setting_error, which says
    /// what to write instead.
    void (*read)(const directive& written, realm_settings& to);
    bool may_repeat = false;
};

/// All directives of an `auth_realm` block.
const std::vector<realm_directive>& realm_directives();

// The same by subject. Each function is in a file of its name.
std::vector<realm_directive> store_settings();
std::vector<realm_directive> session_settings();
std::vector<realm_directive> password_settings();
std::vector<realm_directive> attempt_settings();
std::vector<realm_directive> address_settings();

/// Reads a directive of the block into `to`. Throws setting_error.
void read_directive(const directive& written, realm_settings& to);

/// Checks what only the whole block shows, and fills in what depends on several
/// directives. Throws setting_error, which names the directive.
void complete_settings(realm_settings& all);

/// Fetches the URI of a store from the variable that `env:NAME` names or the
/// file that `file:PATH` names; any other argument is the URI itself. Throws
/// setting_error; a text about the argument begins with `title`.
wiped_string fetch_store_uri(const directive& written, std::string_view title);

/// Parses the URI of a store. A relative path of SQLite is below nginx's
/// prefix. Throws setting_error, whose text begins with `title`.
store_uri read_store_uri(std::string_view uri, const surroundings& around,
                         std::string_view title);

} // namespace auth
