#include "nginx/conf/realm_keys.h"

#include "session/derived_key.h"

namespace auth {

void derive_realm_keys(realm& owner)
{
    const std::string_view name = view(owner.name);
    for (const secret& text : owner.secrets) {
        owner.device_secrets.push_back(
            derive_key(text.view(), key_purpose::device_cookies, name));
        owner.session_keys.push_back(
            derive_key(text.view(), key_purpose::session_tokens, name));
        owner.key_ids.push_back(key_id(text.view()));
    }
    if (!owner.secrets.empty()) {
        const std::string_view first = owner.secrets.front().view();
        auto key = derive_key(first, key_purpose::dummy_hashes, name);
        owner.dummy_key =
            secret({reinterpret_cast<const char*>(key.data()), key.size()});
        wipe_memory(key.data(), key.size());
    }
    owner.secrets.clear();
}

} // namespace auth
