#pragma once

// The directives inside an auth_realm block; see the README for each.

#include "nginx/conf/directive.h"

namespace auth {

void set_store(directive written, realm& to);
void set_user_collection(directive written, realm& to);
void set_user_fields(directive written, realm& to);
void set_templates(directive written, realm& to);
void set_thread_pool(directive written, realm& to);
void set_session_zone(directive written, realm& to);
void set_session_idle_timeout(directive written, realm& to);
void set_session_lifetime(directive written, realm& to);
void set_session_limit(directive written, realm& to);
void set_session_check(directive written, realm& to);
void set_cookie_name(directive written, realm& to);
void set_cookie_domain(directive written, realm& to);
void set_cookie_samesite(directive written, realm& to);
void set_cookie_secure(directive written, realm& to);
void set_password_hash(directive written, realm& to);
void set_password_concurrency(directive written, realm& to);
void set_password_policy(directive written, realm& to);
void set_username_reserved(directive written, realm& to);
void set_login_limit(directive written, realm& to);
void set_registration_limit(directive written, realm& to);
void set_attempt_zone(directive written, realm& to);
void set_secret(directive written, realm& to);
void set_origin(directive written, realm& to);
void set_url(directive written, realm& to);
void set_identity_header(directive written, realm& to);
void set_audit_log(directive written, realm& to); // in audit.cpp

} // namespace auth
