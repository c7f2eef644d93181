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
    evidence.get_or_head = true;
    evidence.accept = accept;
    const bool navigation = is_navigation(evidence);

    const std::string small = lower(accept);
    HOLDS(!navigation || small.find("text/html") != small.npos);
    if (small.find('"') == small.npos) {
        const std::string more = std::string(accept) + ", TEXT/html;q=0.001";
        evidence.accept = more;
        HOLDS(is_navigation(evidence));
        const std::string less =
            "text/html;q=0.0, text/html;q=1.0001, text/html;q=-1," +
            std::string(accept);
        evidence.accept = less;
        HOLDS(is_navigation(evidence) == navigation);
    }

    evidence.accept = accept;
    evidence.x_requested_with = true;
    HOLDS(!is_navigation(evidence));
    evidence.sec_fetch_mode = accept;
    HOLDS(is_navigation(evidence) == (accept == "navigate"));
}

} // namespace

void run(std::string_view input)
{
    check_content_type(exact_bytes(take_line(input)).view());
    check_accept(exact_bytes(input).view());
}

} // namespace auth::fuzz
