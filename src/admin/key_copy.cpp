#include "admin/key_copy.h"

#include "admin/failure.h"
#include "admin/sqlite_file.h"

#include "base/quote.h"
#include "base/regular_file.h"
#include "session/derived_key.h"
#include "store/sqlite_key.h"
#include "store/sqlite_key_file.h"
#include "store/sqlite_key_id.h"

#include <cerrno>
#include <cstring>

namespace auth {

namespace {

template <class Value>
Value expect(checked<Value> read, exit_code otherwise)
{
    if (!read) {
        throw failure(otherwise, read.error());
    }
    return std::move(*read);
}

/// The key beside a copy, which belongs to an operator. Its mode is the
/// operator's business.
wiped_string read_copied_key(const std::string& path)
{
    constexpr std::size_t limit = 4096;
    wiped_string text;
    const int error = read_regular_file(path, limit, text);
    if (error == ENOENT) {
        return {};
    }
    if (error != 0) {
        throw failure(exit_code::failed,
                      explain_file_error(path, error, limit));
    }
    return expect(key_within(std::move(text), in_quotes(path)),
                  exit_code::failed);
}

void expect_written(int error, const std::string& path)
{
    if (error != 0) {
        throw failure(exit_code::unavailable, "cannot write " +
                                                  in_quotes(path) + ": " +
                                                  std::strerror(error));
    }
}

} // namespace

wiped_string key_of_database(const std::string& database, const std::string& id)
{
    const std::string path = key_file_of(database);
    wiped_string key = expect(read_key_file(path), exit_code::unavailable);
    if (key.empty() && !id.empty()) {
        throw failure(exit_code::unavailable, describe_missing_key(database));
    }
    if (!key.empty() && !id.empty() && key_id(key) != id) {
        throw failure(exit_code::unavailable,
                      describe_other_key(database, path));
    }
    return key;
}

bool forget_key_of(const std::string& database)
{
    enter_sqlite_file(database, false);
    const store_result<bool> was_known = forget_sqlite_key_id(database);
    if (!was_known) {
        throw failure(exit_code::unavailable, was_known.error().detail);
    }
    return *was_known;
}

key_copy::key_copy(const std::string& copy, std::string id)
    : copy_(copy), id_(std::move(id)), key_(read_copied_key(key_file_of(copy)))
{
    if (!key_.empty() && !id_.empty() && key_id(key_) != id_) {
        throw failure(exit_code::failed,
                      in_quotes(key_file_of(copy_)) + " is not the key that " +
                          in_quotes(copy_) +
                          " is used with: put that key beside it");
    }
}

key_copy::effect key_copy::prepare(const std::string& database)
{
    const std::string path = key_file_of(database);
    const wiped_string present =
        expect(read_key_file(path), exit_code::unavailable);
    if (key_.empty() && !id_.empty() &&
        (present.empty() || key_id(present) != id_)) {
        fail_for_lack_of_a_key();
    }
    if (key_.empty() || key_ == present) {
        return effect::none;
    }
    draft_.emplace(path);
    expect_written(draft_->error(), path);
    expect_written(draft_->write(key_), path);
    expect_written(draft_->write("\n"), path);
    return present.empty() ? effect::placed : effect::replaced;
}

void key_copy::take_effect()
{
    if (draft_) {
        expect_written(draft_->replace(), draft_->name());
    }
}

void key_copy::fail_for_lack_of_a_key() const
{
    throw failure(exit_code::failed,
                  in_quotes(copy_) + " is used with a key, and " +
                      in_quotes(key_file_of(copy_)) +
                      " is missing: put it beside the copy; if it is lost, "
                      "--without-key restores the users, and everybody has to "
                      "log in again");
}

} // namespace auth
