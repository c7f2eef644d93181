#include "account/password_change.h"

#include "account/password_fingerprint.h"
#include "base/quote.h"
#include "base/utf8.h"

#include <utility>

namespace auth {

password_change::password_change(user_store& store, const hash_cost& cost,
                                 const password_policy& policy,
                                 session_user who, secret current_password,
                                 secret new_password)
    : store_(store), cost_(cost), policy_(policy), who_(std::move(who)),
      current_password_(std::move(current_password)),
      new_password_(std::move(new_password))
{
    then(stage::store, [this] { find(); });
}

void password_change::find()
{
    store_answer answer = store_.find({who_.name}, user_);
    if (is_gone(answer, user_)) {
        end(outcome::gone);
    } else if (!answer.done()) {
        store_failed_ = true;
        end(outcome::unavailable);
    } else if (is_overtaken(user_)) {
        end(outcome::overtaken);
    } else {
        then(stage::hash, [this] { check(); });
    }
    detail_ = std::move(answer.detail);
}

/// See user_check.
bool password_change::is_gone(const store_answer& answer,
                              const stored_user& user)
{
    return answer.status == store_answer::code::absent ||
           answer.status == store_answer::code::unusable ||
           (answer.done() && (user.id != who_.id || user.disabled));
}

bool password_change::is_overtaken(const stored_user& user)
{
    fingerprint_ = auth::password_fingerprint(user);
    epoch_ = user.epoch;
    return fingerprint_ != who_.password || epoch_ != who_.epoch;
}

void password_change::check()
{
    if (!is_utf8(current_password_.view())) {
        end(outcome::wrong_current);
        return;
    }
    secret normal = normalize_nfc(current_password_.view());
    switch (verify_current(normal.view())) {
    case verdict::match:
        break;
    case verdict::mismatch:
        end(outcome::wrong_current);
        return;
    case verdict::unusable:
        note("cannot log in any more: the stored password is " +
             why_unusable(user_.password.view()));
        end(outcome::gone);
        return;
    }

    new_password_error_ = check_new(normal.view());
    if (!new_password_error_.empty()) {
        end(outcome::invalid);
        return;
    }
    new_hash_ = hash_password(new_password_.view(), cost_);
    fingerprint_ = auth::password_fingerprint(new_hash_.view());
    current_password_ = secret();
    new_password_ = secret();
    then(stage::store, [this] { replace(); });
}

/// What to show at the field of the new password, or nothing. It normalises the
/// password to form C.
std::string password_change::check_new(std::string_view current)
{
    std::string problem = read_new_password(new_password_, policy_);
    if (!new_password_.empty() && new_password_.view() == current) {
        return "This is your current password. Choose another one.";
    }
    return problem.empty()
               ? check_strength(new_password_.view(), user_.username, policy_)
               : problem;
}

verdict password_change::verify_current(std::string_view normal)
{
    verdict answer = verify_password(normal, user_.password.view());
    if (answer == verdict::mismatch && normal != current_password_.view()) {
        // Other programs hash the bytes as typed.
        answer =
            verify_password(current_password_.view(), user_.password.view());
    }
    return answer;
}

void password_change::replace()
{
    user_.password_origin.clear();
    result_ = outcome::unknown;
    epoch_ = user_.epoch + 1;
    store_answer answer = store_.change_password(user_, new_hash_.view());
    detail_ = std::move(answer.detail);
    switch (answer.status) {
    case store_answer::code::done:
        end(outcome::changed);
        break;
    case store_answer::code::unknown:
        store_failed_ = true;
        end(outcome::unknown);
        break;
    case store_answer::code::changed:
    case store_answer::code::absent:
        look_what_changed();
        break;
    default:
        store_failed_ = true;
        end(outcome::unavailable);
        break;
    }
}

/// Somebody else was faster: a form that was sent twice, or an operator. Or a
/// login has made a new hash of the same password; then the change can be tried
/// again.
void password_change::look_what_changed()
{
    result_ = outcome::unavailable; // if this throws
    stored_user now;
    const store_answer answer = store_.find({who_.name}, now);
    if (is_gone(answer, now)) {
        end(outcome::gone);
    } else if (answer.done() && is_overtaken(now)) {
        end(outcome::overtaken);
    } else {
        store_failed_ = !answer.done();
        end(outcome::unavailable);
    }
    note("has changed while a change of the password was under way");
}

void password_change::end(outcome result) noexcept
{
    current_password_ = secret();
    new_password_ = secret();
    new_hash_ = secret();
    user_ = stored_user();
    result_ = result;
}

void password_change::note(const std::string& text)
{
    detail_ = "user " + quoted_for_log(who_.name) + " " + text;
}

} // namespace auth
