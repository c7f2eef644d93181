#pragma once

namespace auth {

/// The version of the module and of ngx-auth-admin, and the only place that has
/// it: MAJOR.MINOR.PATCH, as https://semver.org/ counts. The first heading of
/// CHANGELOG.md is the same.
constexpr const char* version = "0.9.0";

} // namespace auth
