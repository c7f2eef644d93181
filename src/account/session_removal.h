#pragma once

#include "account/operation.h"
#include "base/sha256.h"
#include "store/session_store.h"

#include <memory>
#include <string>
#include <vector>

namespace auth {

/// Ends sessions in the store: those that a browser shows when its user logs
/// out.
///
/// Stages: store (remove each). After the first failure nobody waits for more
/// of them. Then, or if run() throws, the rest is in not_ended().
class session_removal final : public operation
{
public:
    /// The store must outlive the operation.
    session_removal(session_store& store, std::vector<sha256_digest> sessions);

    /// Sessions that the store may still have.
    const std::vector<sha256_digest>& not_ended() const noexcept
    {
        return not_ended_;
    }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void remove();

    const std::shared_ptr<session_store> store_;
    std::vector<sha256_digest> not_ended_;
    std::string detail_;
};

} // namespace auth
