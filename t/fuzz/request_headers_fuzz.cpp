// Content-Type (first line) and Accept (the rest).

#include "target.h"

#include "web/form.h"
#include "web/navigation.h"

namespace auth::fuzz {

namespace {

void check_content_type(std::string_view type)
{
    const bool is_form = is_form_content_type(type);
    const std::string text(type);
    HOLDS(is_form_content_type(" \t" + text + "\t ") == is_form);
    if (!is_form) {
        return;
    }
    HOLDS(lower(text).find("application/x-www-form-urlencoded") <
          text.find_first_not_of(" \t") + 1);
    HOLDS(is_form_content_type(text + ";"));
    HOLDS(is_form_content_type(text + "; a=\"b;\\\"c\""));
    HOLDS(is_form_content_type(text + ";CharSet=\"UTF-8\" ;d=e"));
    // A parameter is read over only where it has an end.
    HOLDS(!is_form_content_type(text + "; charset=iso-8859-1"));
    HOLDS(!is_form_content_type(text + ";charset=\"utf-16\""));
    HOLDS(!is_form_content_type(text + "; a=\""));
}

void check_accept(std::string_view accept)
{
    navigation_evidence evidence;
    evidence.asks_by = navigation_evidence::method::get_or_head;
    evidence.user_agent = "Mozilla/5.0";
    evidence.accept = accept;
    const bool navigation = is_navigation(evidence);
    const bool html = accepts_html(accept);

    const std::string small = lower(accept);
    HOLDS(!navigation || html);
    HOLDS(!html || small.find("text/html") != small.npos);
    if (small.find('"') == small.npos) {
        const std::string more = std::string(accept) + ", TEXT/html;q=0.001";
        HOLDS(accepts_html(more));
        const std::string best = std::string(accept) + ", TEXT/html";
        evidence.accept = best;
        HOLDS(is_navigation(evidence));
        const std::string less =
            "text/html;q=0.0, text/html;q=1.0001, text/html;q=-1," +
            std::string(accept);
        evidence.accept = less;
        HOLDS(is_navigation(evidence) == navigation);
    }

    evidence.accept = accept;
    evidence.user_agent = {};
    HOLDS(!is_navigation(evidence));
    evidence.sec_fetch_mode = accept;
    HOLDS(is_navigation(evidence) == (accept == "navigate"));
    evidence.sec_fetch_dest = "empty";
    HOLDS(!is_navigation(evidence));
}

} // namespace

void run(std::string_view input)
{
    check_content_type(exact_bytes(take_line(input)).view());
    check_accept(exact_bytes(input).view());
}

} // namespace auth::fuzz
