#include "store/mongo_session_document.h"

#include "store/mongo_field.h"
#include "store/session_limits.h"
#include "store/user_store.h"

#include <algorithm>

namespace auth {

namespace {

bool digest_of(const bson_iter_t& field, sha256_digest& digest)
{
    if (!BSON_ITER_HOLDS_BINARY(&field)) {
        return false;
    }
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t length = 0;
    const uint8_t* data = nullptr;
    bson_iter_binary(&field, &subtype, &length, &data);
    if (subtype != BSON_SUBTYPE_BINARY || length != digest.size()) {
        return false;
    }
    std::copy(data, data + length, digest.begin());
    return true;
}

/// Reads fields of a document, and notes whether each has the type that it
/// should have.
class field_reader
{
public:
    explicit field_reader(const bson_t& document) noexcept : document_(document)
    {}

    bool good() const noexcept { return good_; }

    bool has(const char* key) { return seek(key); }
    void digest(const char* key, sha256_digest& into)
    {
        good_ &= seek(key) && digest_of(field_, into);
    }
    std::string text(const char* key)
    {
        return holds(key, BSON_TYPE_UTF8) ? std::string(text_of(field_))
                                          : std::string();
    }
    bool truth(const char* key)
    {
        return holds(key, BSON_TYPE_BOOL) && bson_iter_bool(&field_);
    }
    std::int64_t number(const char* key)
    {
        return holds(key, BSON_TYPE_INT64) ? bson_iter_int64(&field_) : 0;
    }
    std::int64_t date(const char* key)
    {
        return holds(key, BSON_TYPE_DATE_TIME) ? bson_iter_date_time(&field_)
                                               : 0;
    }
    std::int64_t date_if_any(const char* key)
    {
        return seek(key) ? date(key) : 0;
    }
    void kind(const char* key, session_kind& into)
    {
        const std::optional<session_kind> known = session_kind_of(text(key));
        good_ &= known.has_value();
        into = known.value_or(into);
    }

private:
    bool seek(const char* key)
    {
        return bson_iter_init_find(&field_, &document_, key);
    }
    bool holds(const char* key, bson_type_t type)
    {
        const bool it_does = seek(key) && bson_iter_type(&field_) == type;
        good_ &= it_does;
        return it_does;
    }

    bson_iter_t field_{}; // first, because it is aligned so widely
    const bson_t& document_;
    bool good_ = true;
};

} // namespace

void write_digest(const char* key, const sha256_digest& digest,
                  bson_document& document)
{
    document.binary(key, view_of_bytes(digest));
}

void write_digests(const char* key, const std::vector<sha256_digest>& digests,
                   bson_document& filter)
{
    bson_document values;
    for (std::size_t i = 0; i < digests.size(); ++i) {
        write_digest(std::to_string(i).c_str(), digests[i], values);
    }
    bson_document in;
    in.array("$in", values);
    filter.document(key, in);
}

bool read_session_id(const bson_t& document, sha256_digest& digest)
{
    bson_iter_t field;
    return bson_iter_init_find(&field, &document, "_id") &&
           digest_of(field, digest);
}

void write_session(const stored_session& session, bson_document& document)
{
    write_digest("_id", session.digest, document);
    document.text("kind", name_of(session.kind));
    document.text("realm", session.realm);
    document.boolean("secure", session.secure);
    document.boolean("remembered", session.remembered);
    document.text("user", session.user_id);
    document.number("epoch", session.epoch);
    document.number("password", static_cast<std::int64_t>(session.password));
    document.date("created", session.created);
    document.date("seen", session.seen);
    document.date("until", session.until);
    if (session.password_shown != 0) {
        document.date("password_shown", session.password_shown);
    }
    if (session.code_shown != 0) {
        document.date("code_shown", session.code_shown);
    }
    document.text("address", session.address);
    document.text("browser", session.browser);
}

store_result<stored_session> read_session(const bson_t& document)
{
    stored_session session;
    field_reader field(document);
    field.digest("_id", session.digest);
    field.kind("kind", session.kind);
    session.realm = field.text("realm");
    session.secure = field.truth("secure");
    session.remembered = field.truth("remembered");
    session.user_id = field.text("user");
    session.epoch = field.number("epoch");
    session.password = static_cast<std::uint64_t>(field.number("password"));
    session.created = field.date("created");
    session.seen = field.date("seen");
    session.until = field.date("until");
    session.password_shown = field.date_if_any("password_shown");
    session.code_shown = field.date_if_any("code_shown");
    session.address = field.text("address");
    session.browser = field.text("browser");
    if (!field.good() || !can_be_stored(session)) {
        return failed(store_failure::code::unusable,
                      std::string("a document of collection ") +
                          sessions_collection +
                          ", which this module has not written, is no "
                          "session: remove it");
    }
    return session;
}

void write_live_filter(const std::string& user_id,
                       const std::optional<std::string>& realm,
                       std::int64_t now, bson_document& filter)
{
    bson_document later;
    later.date("$gt", now);
    filter.text("user", user_id);
    if (realm) {
        filter.text("realm", *realm);
    }
    filter.text("kind", name_of(session_kind::login));
    filter.document("until", later);
}

void write_latest_first(bson_document& options)
{
    bson_document order;
    bson_append_int32(order.get(), "created", -1, -1);
    bson_append_int32(order.get(), "_id", -1, -1);
    options.document("sort", order);
}

void write_revocation(const revocation& appended, bson_document& document)
{
    bson_oid_t id;
    // libbson's own random part can be the same in processes that were forked.
    bson_oid_init_from_string(&id, new_user_id().c_str());
    document.id("_id", id);
    document.date("at", appended.at);
    if (appended.session) {
        write_digest("session", *appended.session, document);
    } else {
        document.text("user", appended.user_id);
        document.number("epoch", appended.epoch);
    }
}

bool read_revocation(const bson_t& document, revocation& read)
{
    field_reader field(document);
    read.at = field.date("at");
    if (field.has("session")) {
        field.digest("session", read.session.emplace());
        return field.good();
    }
    read.user_id = field.text("user");
    read.epoch = field.number("epoch");
    return field.good() && !read.user_id.empty() && read.epoch >= 0;
}

} // namespace auth
