#include "account/password_policy.h"

#include "account/password_strength.h"
#include "base/utf8.h"

#include <cstddef>

namespace auth {

namespace {

std::string limit_text(const char* which, unsigned limit)
{
    return std::string("Use at ") + which + " " + std::to_string(limit) +
           (limit == 1 ? " character." : " characters.");
}

std::string check_characters(std::string_view password,
                             const password_policy& policy)
{
    if (has_control_character(password)) {
        return "Leave out tabs, line breaks and other control characters.";
    }
    const std::size_t length = count_code_points(password);
    if (length < policy.min) {
        return limit_text("least", policy.min);
    }
    if (length > policy.max) {
        return limit_text("most", policy.max);
    }
    return {};
}

} // namespace

std::string read_new_password(secret& password, const password_policy& policy)
{
    if (password.empty()) {
        return "Choose a password.";
    }
    if (!is_utf8(password.view())) {
        return "This password could not be read. Type it again.";
    }
    password = normalize_nfc(password.view());
    return check_characters(password.view(), policy);
}

std::string check_strength(std::string_view password, std::string_view username,
                           const password_policy& policy)
{
    if (policy.strength == 0) {
        return {};
    }
    const auto strength = estimate_strength(password, username);
    if (strength.score >= policy.strength) {
        return {};
    }
    std::string text = "This password is too easy to guess";
    if (!strength.reason.empty()) {
        text += ": ";
        text += strength.reason;
    }
    return text + ". Add another word or two.";
}

std::string check_new_password(std::string_view password,
                               std::string_view username,
                               const password_policy& policy)
{
    std::string problem = check_characters(password, policy);
    return problem.empty() ? check_strength(password, username, policy)
                           : problem;
}

} // namespace auth
