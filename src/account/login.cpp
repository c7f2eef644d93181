#include "account/login.h"

#include "account/password_fingerprint.h"
#include "account/username.h"
#include "base/quote.h"
#include "base/utf8.h"

#include <exception>
#include <utility>
#include <vector>

namespace auth {

login::login(user_store& store, dummy_hashes& dummies, const hash_cost& cost,
             std::string username, secret password,
             std::unique_ptr<session_keeping> session)
    : store_(store.within(time())), dummies_(dummies), cost_(cost),
      username_(std::move(username)), password_(std::move(password)),
      session_(std::move(session))
{
    then(stage::store, [this] { find(); });
}

void login::find()
{
    store_result<stored_user> found = ask_store();
    detail_ = detail_of(found);
    if (found) {
        user_ = std::move(*found);
        known_ = stored_ = true;
    } else if (found.error().what == store_failure::code::absent) {
        refusal_ = "unknown user";
    } else if (found.error().what == store_failure::code::unusable) {
        refusal_ = "unusable document";
    } else {
        store_failed_ = true;
        password_ = secret();
        return;
    }
    then(stage::hash, [this] { check(); });
}

/// Asks for the user, by one query for any name.
store_result<stored_user> login::ask_store()
{
    if (!can_log_in(username_)) {
        // The store is asked for a name with which nobody can log in.
        const store_result<stored_user> nobody = store_->find({" "});
        if (failure_of(nobody) == store_failure::code::unavailable) {
            return failed(nobody.error());
        }
        return failed(store_failure::code::absent,
                      "user " + quoted_name() +
                          " cannot log in: a user name has 1 to 128 bytes of "
                          "valid UTF-8 without control characters or outer "
                          "spaces");
    }
    std::vector<std::string> spellings{username_};
    std::string folded = fold_username(username_);
    if (folded != username_) {
        spellings.push_back(std::move(folded));
    }
    return store_->find(spellings);
}

void login::check()
{
    // A text that is not UTF-8 is no password, and takes the same time as one.
    bool readable = is_utf8(password_.view());
    secret normal =
        readable ? normalize_nfc(password_.view()) : password_.copy();
    // The dummy is picked for every login, because that takes a moment, too.
    const std::string dummy = dummies_.pick(username_);

    bool right = verify(normal.view(), dummy) == verdict::match;
    if (normal.view() != password_.view() && (!right || user_.disabled)) {
        // Other programs hash the bytes as typed. For a disabled user the time
        // must not tell which password is right.
        right |= verify(password_.view(), dummy) == verdict::match;
    }
    password_ = secret();

    if (!right || !readable) {
        refuse();
    } else if (user_.disabled) {
        note("is disabled, the password was right");
        refusal_ = "disabled";
        refuse();
    } else {
        accept(normal.view());
    }
}

verdict login::verify(std::string_view password, std::string_view dummy)
{
    if (known_) {
        verdict answer = verify_password(password, user_.password.view());
        if (answer != verdict::unusable) {
            return answer;
        }
        known_ = false;
        refusal_ = "unusable hash";
        note("cannot log in: the stored password is " +
             why_unusable(user_.password.view()));
    }
    verify_password(password, dummy);
    return verdict::mismatch;
}

void login::accept(std::string_view password)
{
    fingerprint_ = auth::password_fingerprint(user_);
    if (needs_rehash(user_.password.view(), cost_)) {
        try {
            new_hash_ = hash_password(
                password, rehash_cost(user_.password.view(), cost_));
        } catch (const std::exception& error) {
            note(std::string("keeps a weak password hash: ") + error.what());
        }
    }
    then(stage::store, [this] { confirm(); });
}

void login::confirm()
{
    if (is_as_before() && (new_hash_.empty() || store_new_hash()) &&
        keep_session()) {
        user_.password = secret();
        result_ = outcome::accepted;
    }
}

/// Whether the user may still log in by what was read at first. Another login
/// may have stored a new hash of the same password. If the user may not, this
/// login is over.
bool login::is_as_before()
{
    const store_result<stored_user> now = store_->find({user_.username});
    const bool is_gone = failure_of(now) == store_failure::code::absent ||
                         failure_of(now) == store_failure::code::unusable;
    if (!now && !is_gone) {
        detail_ = now.error().detail;
        store_failed_ = true;
        user_ = stored_user();
        result_ = outcome::unavailable;
        return false;
    }
    if (now && now->id == user_.id && !now->disabled &&
        now->epoch == user_.epoch &&
        auth::password_fingerprint(*now) == fingerprint_) {
        return true;
    }
    overtaken();
    return false;
}

/// The password was right a moment ago, and may not be right any more.
void login::overtaken()
{
    note("has changed while a login was under way");
    user_ = stored_user();
    result_ = outcome::overtaken;
}

/// Whether the login goes on, which it may without the new hash.
bool login::store_new_hash()
{
    const secret new_hash = std::move(new_hash_);
    user_.password_origin = origin_of_rehash(user_, new_hash.view());
    const store_outcome replaced =
        store_->replace_password(user_, new_hash.view(), user_.epoch);
    if (replaced) {
        detail_ = replaced->detail;
        rehashed_ = true;
        return true;
    }
    if (replaced.error().what == store_failure::code::changed ||
        replaced.error().what == store_failure::code::absent) {
        return is_as_before();
    }
    note("keeps a weak password hash: " + replaced.error().detail);
    store_failed_ = true;
    return true;
}

/// Whether the login goes on. A session that the store does not have would be
/// unknown to every other nginx.
bool login::keep_session()
{
    if (auth::keep_session(session_.get(), time(), user_.id, fingerprint_,
                           user_.epoch, detail_)) {
        return true;
    }
    store_failed_ = true;
    user_ = stored_user();
    result_ = outcome::unavailable;
    return false;
}

void login::refuse() noexcept
{
    user_ = stored_user();
    result_ = outcome::refused;
}

std::string_view login::refusal() const noexcept
{
    return can_log_in(username_) ? refusal_ : "unusable name";
}

std::string login::quoted_name() const
{
    return stored_ ? quoted_for_log(username_)
                   : unknown_name_for_log(username_);
}

void login::note(const std::string& text)
{
    detail_ = "user " + quoted_name() + " " + text;
}

} // namespace auth
