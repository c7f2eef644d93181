#pragma once

// The directives of an `auth_realm` block, an entry each. nginx and
// ngx-auth-admin read them alike.

#include "settings/directive.h"
#include "settings/realm_settings.h"

#include <vector>

namespace auth {

/// How many words follow a directive's name.
enum class arguments { one, one_or_two, one_or_more };

/// A directive: all there is to know of it but its use and its documentation.
struct realm_directive {
    const char* name;
    arguments takes;
    /// What holds where it is not written, in its own words. Empty: the
    /// initial value of realm_settings.
    std::string_view by_default;
    /// Puts the value into the settings, or throws setting_error, which says
    /// what to write instead.
    void (*read)(const directive& written, realm_settings& to);
    bool may_repeat = false;
};

/// All of them.
const std::vector<realm_directive>& realm_directives();

// Its parts, by subject; each is in a file of its name.
std::vector<realm_directive> store_settings();
std::vector<realm_directive> session_settings();
std::vector<realm_directive> password_settings();
std::vector<realm_directive> attempt_settings();
std::vector<realm_directive> address_settings();

/// Reads a directive of the block into `to`. Throws setting_error.
void read_directive(const directive& written, realm_settings& to);

/// What can be seen only when the block has been read whole. Throws
/// setting_error, which names the directive.
void complete_settings(realm_settings& all);

/// The URI of a store: what `env:NAME` or `file:PATH` stands for, or what is
/// written itself. Throws setting_error; what is wrong with the words begins
/// with `title`.
wiped_string fetch_store_uri(const directive& written, std::string_view title);

/// A store by its URI; a relative path of SQLite belongs to nginx's prefix.
/// Throws setting_error, whose text begins with `title`.
store_uri read_store_uri(std::string_view uri, const surroundings& around,
                         std::string_view title);

} // namespace auth
