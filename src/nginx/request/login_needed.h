#pragma once

// What a request without a session is told where one is needed.

#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/request/response.h"

namespace auth {

/// How a client without a session is invited to log in. A navigation of a
/// browser gets a redirect to the login page. Another client that reads HTML (a
/// text browser, a web view, a framework that navigates by fetch) gets a 401
/// with a page that links to it. A program gets nginx's own 401. If the store
/// does not say whether there is a session, everybody is told to come later.
enum class invitation { none, page, redirect, later };

/// The invitation for this request. There is none if the request is for the
/// login page, so that this never leads to itself, and no redirect in an error
/// page.
invitation invitation_for(ngx_http_request_t* r, const server_realm& here);

/// The answer: a page, a redirect, or 503.
response invite(ngx_http_request_t* r, server_realm& here, invitation how);

/// Whether the request's Accept header names text/html.
bool accepts_html(ngx_http_request_t* r);

/// Whether the location has an `error_page` for this status.
bool has_error_page(ngx_http_request_t* r, ngx_uint_t status) noexcept;

/// The redirect to the login page, which leads back here afterwards.
response redirect_to_login(ngx_http_request_t* r, const server_realm& here);

} // namespace auth
