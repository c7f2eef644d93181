#pragma once

#include "mongo_test_server.h"
#include "sqlite_test_file.h"

#include "store/store_uri.h"

#include <memory>
#include <string>

namespace auth_test {

/// A place with users and sessions of one test, and direct access to it.
class session_test_store
{
public:
    virtual ~session_test_store() = default;

    /// New store objects on the same place.
    virtual auth::opened_store open() = 0;
    /// How many rows or documents there are.
    virtual int count(const std::string& table) = 0;
    /// Gives a field of all rows or documents a value, in SQL or in JSON.
    virtual void set(const std::string& table, const std::string& field,
                     const std::string& sql, const std::string& json) = 0;
};

std::unique_ptr<session_test_store>
make_session_test_store(const std::string& kind);

/// A session of user "ann" in realm "r", made some hours ago, good for another
/// hour. `n` makes its digest and its time: the next is made a minute later, so
/// that a slow machine does not change their order.
auth::stored_session new_session(const auth::session_store& store, int n,
                                 const std::string& user = "ann");

auth::sha256_digest digest_of(int n);

/// A store's answer to a question about sessions.
template <class Value>
store_answer answer_to(const auth::store_result<Value>& result)
{
    return result ? store_answer(store_answer::code::done, {})
                  : store_answer(result.error());
}

} // namespace auth_test
