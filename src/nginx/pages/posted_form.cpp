// Forms: from the body to the answer. Each page has a file for what it does
// with its fields. The operations run in threads.

#include "nginx/pages/posted_form.h"

#include "nginx/log.h"
#include "nginx/pages/form_body.h"
#include "nginx/pages/form_counters.h"
#include "nginx/pages/form_deadline.h"
#include "nginx/request/request_context.h"
#include "nginx/threads/client_watch.h"
#include "nginx/threads/request_operation.h"
#include "nginx/threads/worker_services.h"

#include "base/secret.h"
#include "base/wiped_string.h"

#include <stdexcept>
#include <utility>
#include <vector>

namespace auth {

namespace {

/// The bytes of the body in one piece. The destructor wipes them.
secret join_body(ngx_http_request_t* r)
{
    if (r->request_body == nullptr) {
        return {};
    }
    std::size_t size = 0;
    for (ngx_chain_t* link = r->request_body->bufs; link != nullptr;
         link = link->next) {
        size += static_cast<std::size_t>(ngx_buf_size(link->buf));
    }
    std::vector<char, wiping_allocator<char>> joined;
    joined.reserve(size);
    for (ngx_chain_t* link = r->request_body->bufs; link != nullptr;
         link = link->next) {
        ngx_buf_t* buffer = link->buf;
        joined.insert(joined.end(), buffer->pos, buffer->last);
        wipe_memory(buffer->pos,
                    static_cast<std::size_t>(buffer->last - buffer->pos));
    }
    return secret({joined.data(), joined.size()});
}

response form_taken_away(ngx_http_request_t* r, server_realm& here)
{
    log_line(r->connection->log, NGX_LOG_WARN, *here.owner,
             "a form was refused, its content is not there: another module of "
             "nginx has read it and kept it");
    return refusal(r, here, NGX_HTTP_BAD_REQUEST, "This form cannot be read",
                   "Its content has been lost on the way.");
}

response bad_form(ngx_http_request_t* r, server_realm& here, form::error error)
{
    std::string_view why = "Its encoding is broken.";
    if (error == form::error::repeated_field) {
        why = "A field was sent twice.";
    } else if (error == form::error::too_many_fields) {
        why = "It has more than 16 fields.";
    }
    return refusal(r, here, NGX_HTTP_BAD_REQUEST, "This form cannot be read",
                   why);
}

posted_form* make_account_form(ngx_http_request_t* r, const form& fields)
{
    if (fields.has("end_session")) {
        return make_sessions_form(r);
    }
    return fields.has("end_sessions") ? make_session_ending_form(r)
                                      : make_password_form(r);
}

posted_form* make_form(ngx_http_request_t* r, page_kind page,
                       const form& fields)
{
    switch (page) {
    case page_kind::register_form:
        return make_registration_form(r);
    case page_kind::login:
        return make_login_form(r);
    case page_kind::account:
        return make_account_form(r, fields);
    default:
        throw std::logic_error("a page takes forms and nothing reads them");
    }
}

/// Calls answered() when the scope ends, also by an exception.
class answered_at_end
{
public:
    explicit answered_at_end(ngx_http_request_t* r) noexcept : request_(r) {}
    answered_at_end(const answered_at_end&) = delete;
    answered_at_end& operator=(const answered_at_end&) = delete;
    ~answered_at_end()
    {
        guarded(request_->connection->log, false, [&] {
            find_context(request_)->form->answered(request_);
            return true;
        });
    }

private:
    ngx_http_request_t* request_;
};

ngx_int_t answer_form(ngx_http_request_t* r, request_context& context)
{
    const request_operation* work = context.operation;
    const bool turned_away = work != nullptr && work->was_turned_away();
    if (turned_away) {
        main_conf_of(r).services->operations.warn_of_queue(
            r->connection->log, *location_conf_of(r).page_realm->owner);
    }
    const answered_at_end after(r);
    response answer = context.form->finish(r);
    count_form(location_conf_of(r), {answer.status, turned_away});
    return send(r, std::move(answer));
}

/// Called when the operation is over, and by nginx for other reasons.
void resume(ngx_http_request_t* r) noexcept
{
    request_context* context = find_context(r);
    request_operation* work = context->operation;
    if (r->aio || work == nullptr || !work->is_over()) {
        return;
    }
    stop_watching_client(r);
    ngx_http_finalize_request(
        r,
        guarded<ngx_int_t>(r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR,
                           [&] { return answer_form(r, *context); }));
}

/// Called when the client has left.
void abandon(ngx_http_request_t* r) noexcept
{
    guarded(r->connection->log, false, [&] {
        count_abandoned_form(location_conf_of(r));
        find_context(r)->form->abandoned(r);
        return true;
    });
}

/// Sending an answer never returns this. (NGX_AGAIN means that the client is
/// slow.)
constexpr ngx_int_t work_has_begun = NGX_DECLINED;

/// Starts the operation, or answers at once.
ngx_int_t begin(ngx_http_request_t* r, posted_form* submitted,
                const form& fields)
{
    request_context& context = context_of(r);
    context.form = submitted;
    std::unique_ptr<operation> work = submitted->begin(r, fields);
    if (work == nullptr) {
        return answer_form(r, context);
    }
    context.operation =
        request_operation::start(r, main_conf_of(r).services->operations,
                                 *location_conf_of(r).page_realm->owner,
                                 std::move(work), resume, abandon);
    return work_has_begun;
}

/// Parses the form and starts the operation, or answers at once.
ngx_int_t submit(ngx_http_request_t* r)
{
    const location_configuration& conf = location_conf_of(r);
    server_realm& here = *conf.page_realm;
    if (!is_form_sized(r)) {
        return send(r, form_too_large(r, here));
    }
    if (!is_form_left(r)) {
        return send(r, form_taken_away(r, here));
    }
    const secret body = join_body(r);
    form fields;
    if (const form::error error = fields.parse(body.view());
        error != form::error::none) {
        return send(r, bad_form(r, here, error));
    }
    return begin(r, make_form(r, conf.page, fields), fields);
}

void form_read(ngx_http_request_t* r) noexcept
{
    const request_context& context = *find_context(r);
    if (context.deadline != nullptr && context.deadline->passed()) {
        return; // the last byte came after the answer
    }
    if (&location_conf_of(r) != context.form_location) {
        // In the meantime nginx has refused the body, and error_page has led
        // the request elsewhere. The rest of the body is no form.
        r->read_event_handler = ngx_http_block_reading;
        return;
    }
    const auto rc =
        guarded<ngx_int_t>(r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR,
                           [&] { return submit(r); });
    if (rc != work_has_begun) {
        ngx_http_finalize_request(r, rc);
    }
}

} // namespace

response page_with_flash(ngx_http_request_t* r, server_realm& here,
                         page_kind which, page_model& model)
{
    const std::string message = flash_message(r, here);
    model.flash = message;
    response shown = page_response(here, NGX_HTTP_OK, which, model);
    model.flash = {};
    if (!message.empty() && r->method != NGX_HTTP_HEAD) {
        expire_cookie(r, here, own_cookie::flash, shown.cookies);
    }
    return shown;
}

response log_in_first(ngx_http_request_t* r, const server_realm& here,
                      flash why)
{
    response asked = redirect_to_login(r, here);
    asked.cookies.push_back(flash_cookie(r, here, why));
    return asked;
}

response form_too_large(ngx_http_request_t* r, server_realm& here)
{
    return refusal(r, here, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, "Form too large",
                   "This form is larger than 8 KiB.");
}

ngx_int_t run_form(ngx_http_request_t* r, posted_form* submitted)
{
    const ngx_int_t rc = begin(r, submitted, form());
    if (rc != work_has_begun) {
        return rc;
    }
    r->main->count++;
    return NGX_DONE;
}

ngx_int_t receive_form(ngx_http_request_t* r)
{
    if (r != r->main || r->discard_body) {
        // An error page of a request whose body nginx has given up, or a part
        // of another page: there is no form here.
        return NGX_HTTP_BAD_REQUEST;
    }
    r->request_body_in_single_buf = 1;
    r->request_body_in_file_only = 0;
    r->request_body_in_persistent_file = 0;
    r->request_body_in_clean_file = 0;
    context_of(r).form_location = &location_conf_of(r);
    const ngx_int_t rc = ngx_http_read_client_request_body(r, form_read);
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        // nginx would go on reading for the page to which error_page leads.
        r->read_event_handler = ngx_http_block_reading;
        return rc;
    }
    return NGX_DONE;
}

} // namespace auth
