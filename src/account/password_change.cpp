#include "account/password_change.h"

#include "account/password_fingerprint.h"
#include "base/quote.h"
#include "base/utf8.h"

#include <utility>

namespace auth {

password_change::password_change(user_store& store, const hash_cost& cost,
                                 const password_policy& policy,
                                 session_user who, secret current_password,
                                 secret new_password,
                                 std::unique_ptr<session_keeping> session)
    : store_(store.within(time())), cost_(cost), policy_(policy),
      who_(std::move(who)), current_password_(std::move(current_password)),
      new_password_(std::move(new_password)), session_(std::move(session))
{
    then(stage::store, [this] { find(); });
}

void password_change::find()
{
    store_result<stored_user> found = store_->find({who_.name});
    detail_ = detail_of(found);
    if (is_gone(found)) {
        end(outcome::gone);
    } else if (!found) {
        store_failed_ = true;
        end(outcome::unavailable);
    } else if (is_overtaken(*found)) {
        end(outcome::overtaken);
    } else {
        user_ = std::move(*found);
        then(stage::hash, [this] { check(); });
    }
}

/// See user_check.
bool password_change::is_gone(const store_result<stored_user>& found) const
{
    return found ? found->id != who_.id || found->disabled
                 : found.error().what == store_failure::code::absent ||
                       found.error().what == store_failure::code::unusable;
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
    const store_outcome replaced =
        store_->replace_password(user_, new_hash_.view(), epoch_);
    detail_ = detail_of(replaced);
    if (replaced) {
        end(outcome::changed);
        // It is changed, whatever becomes of the session.
        store_failed_ |= !keep_session(session_.get(), time(), who_.id,
                                       fingerprint_, epoch_, detail_);
        return;
    }
    switch (replaced.error().what) {
    case store_failure::code::changed:
    case store_failure::code::absent:
        look_what_changed();
        break;
    case store_failure::code::unknown:
        store_failed_ = true;
        end(outcome::unknown);
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
    const store_result<stored_user> now = store_->find({who_.name});
    if (is_gone(now)) {
        end(outcome::gone);
    } else if (now && is_overtaken(*now)) {
        end(outcome::overtaken);
    } else {
        store_failed_ = !now;
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
