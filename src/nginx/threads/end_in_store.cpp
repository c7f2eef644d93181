#include "nginx/threads/end_in_store.h"

#include "nginx/shared/session_zone.h"
#include "nginx/threads/scheduler.h"

#include <memory>

namespace auth {

namespace {

class ending final : public background_work
{
public:
    ending(realm& where, const session_digest& digest) noexcept
        : realm_(where), digest_(digest)
    {}

    void run() override
    {
        ended_ = realm_.session_records->remove(digest_).has_value();
    }

    /// If the store does not answer, session_sync tries again, and says why it
    /// cannot.
    void finished(bool /*threw*/) noexcept override
    {
        if (ended_) {
            realm_.sessions->forget_ended(digest_);
        }
    }

private:
    realm& realm_;
    const session_digest digest_;
    bool ended_ = false;
};

} // namespace

void end_in_store(scheduler& by, realm& where,
                  const session_digest& digest) noexcept
{
    where.sessions->keep_ended(digest, ngx_cycle->log);
    guarded(ngx_cycle->log, false, [&] {
        return by.post(where, std::make_unique<ending>(where, digest));
    });
}

} // namespace auth
