#include "nginx/conf/realm_directives.h"

#include "nginx/header_names.h"

#include "web/page_table.h"
#include "web/request_origin.h"
#include "web/return_url.h"
#include "web/url_encoding.h"

namespace auth {

namespace {

constexpr const char* store_forms =
    "\"sqlite:PATH\", \"mongodb://HOST/DATABASE\", "
    "\"mongodb+srv://HOST/DATABASE\", \"env:NAME\" or \"file:PATH\"";

} // namespace

void set_store(directive written, realm& to)
{
    if (is_misplaced_uri(written[1])) {
        throw configuration_error(std::string("\"store\" directive: ") +
                                  misplaced_uri_problem);
    }
    const auto fetched = read_source(written, written[1]);
    std::string_view text = fetched ? uri_within(*fetched) : written[1];
    if (text.empty()) {
        throw configuration_error("nothing is in what " + quoted(written[1]) +
                                  " names in the \"store\" directive, put the "
                                  "store's URI there");
    }
    std::string path;
    if (starts_with(text, "sqlite:") && text.size() > 7 && text[7] != '/') {
        // As nginx does for its own files: relative to its prefix.
        ngx_str_t full = copy(written.cf()->pool, text.substr(7));
        if (ngx_conf_full_name(written.cf()->cycle, &full, 0) != NGX_OK) {
            throw std::bad_alloc();
        }
        path = "sqlite:" + std::string(view(full));
        text = path;
    }
    std::string problem;
    if (text.find(':') == std::string_view::npos) {
        throw configuration_error(
            std::string("the \"store\" directive needs ") + store_forms);
    }
    if (!parse_store_uri(text, to.store, problem)) {
        throw configuration_error("\"store\" directive: " + problem);
    }
    if (!to.store.notice.empty()) {
        ngx_conf_log_error(NGX_LOG_WARN, written.cf(), 0,
                           "auth: \"store\" directive: %s",
                           to.store.notice.c_str());
    }
    to.has_store = true;
}

void set_user_collection(directive written, realm& to)
{
    std::string problem;
    if (!set_user_collection(written[1], to.schema, problem)) {
        throw configuration_error("\"user_collection\" directive: " + problem);
    }
}

void set_user_fields(directive written, realm& to)
{
    std::vector<std::string_view> fields;
    for (std::size_t i = 1; i < written.size(); ++i) {
        fields.push_back(written[i]);
    }
    std::string problem;
    if (!set_user_fields(fields, to.schema, problem)) {
        throw configuration_error("\"user_fields\" directive: " + problem);
    }
}

void set_templates(directive written, realm& to)
{
    ngx_str_t folder = written.text(1);
    if (ngx_conf_full_name(written.cf()->cycle, &folder, 1) != NGX_OK) {
        throw std::bad_alloc();
    }
    to.templates = view(folder);
}

void set_thread_pool(directive written, realm& to)
{
    to.threads = ngx_thread_pool_add(written.cf(), &written.text(1));
    if (to.threads == nullptr) {
        throw std::bad_alloc();
    }
}

void set_origin(directive written, realm& to)
{
    for (std::size_t i = 1; i < written.size(); ++i) {
        const std::optional<std::string> origin = parse_origin(written[i]);
        if (!origin) {
            written.refuse(written[i], "an origin without a path such as "
                                       "\"https://www.example.com\"");
        }
        to.origins.push_back(*origin);
    }
}

void set_url(directive written, realm& to)
{
    if (!is_valid_return_url(written[1], {}) ||
        written[1].find_first_of("?# \"") != std::string_view::npos) {
        written.refuse(written[1], "a path of this site such as \"/login\", "
                                   "without scheme, host or arguments");
    }
    for (const page_row& row : page_table) {
        if (written.name() == std::string(row.name) + "_url") {
            to.urls[index_of(row.which)] =
                copy(written.cf()->pool, encode_location(written[1]));
        }
    }
}

void set_identity_header(directive written, realm& to)
{
    to.user_header = {};
    to.roles_header = {};
    if (written[1] == "off") {
        if (written.size() > 2) {
            written.refuse(written[2], "absent after \"off\"");
        }
        return;
    }
    const auto header = [&](std::string_view name) {
        if (!is_identity_header_name(name)) {
            written.refuse(name, "a header name of letters, digits and -, "
                                 "that nginx and HTTP do not use themselves");
        }
        return make_identity_header(written.cf()->pool, name);
    };
    to.user_header = header(written[1]);
    if (written.size() > 2) {
        std::string_view value;
        if (!parameter(written[2], "roles", value)) {
            written.refuse(written[2], "\"roles=NAME\"");
        }
        to.roles_header = header(value);
        if (to.roles_header.folded == to.user_header.folded) {
            written.refuse(value, "another name than the user's header");
        }
    }
}

} // namespace auth
