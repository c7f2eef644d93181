#include "store/mongo_user_update.h"

#include "store/mongo_epoch.h"
#include "store/mongo_field.h"

namespace auth {

namespace {

/// Sets a field that says yes or no, in the type that it has.
void write_truth(const bson_t& current, const std::string& path, bool truth,
                 bson_document& set)
{
    bson_iter_t field;
    const bool is_there = find_field(current, path, field);
    if (is_there && BSON_ITER_HOLDS_UTF8(&field)) {
        set.text(path.c_str(), truth ? "true" : "false");
    } else if (is_there && BSON_ITER_HOLDS_NUMBER(&field)) {
        bson_append_int32(set.get(), path.c_str(), -1, truth ? 1 : 0);
    } else {
        set.boolean(path.c_str(), truth);
    }
}

/// A user is enabled if all fields say so.
void write_disabled(const user_schema& schema, const bson_t& current,
                    bool disabled, bson_document& set, bson_document& unset)
{
    if (disabled) {
        write_truth(current, schema.disabled, true, set);
    } else {
        unset.boolean(schema.disabled.c_str(), true);
    }
    for (const std::string& path : schema.active) {
        bson_iter_t field;
        const bool says_no =
            find_field(current, path, field) && truth_of(field) == false;
        if (disabled ? schema.active_is_written : says_no) {
            write_truth(current, path, !disabled, set);
        }
    }
}

void write_changed_roles(const std::string& path, const bson_t& current,
                         const std::vector<std::string>& roles,
                         bson_document& set, bson_document& unset)
{
    bson_iter_t field;
    if (roles.empty()) {
        unset.boolean(path.c_str(), true);
    } else if (roles.size() == 1 && find_field(current, path, field) &&
               BSON_ITER_HOLDS_UTF8(&field)) {
        set.text(path.c_str(), roles[0]);
    } else {
        write_roles(path, roles, set);
    }
}

} // namespace

void write_user_update(const user_schema& schema, const bson_t& current,
                       const user_changes& changes, bson_document& update)
{
    bson_document set;
    bson_document unset;
    if (!changes.password.empty()) {
        set.text(schema.password.c_str(), changes.password.view());
    }
    if (changes.disabled) {
        write_disabled(schema, current, *changes.disabled, set, unset);
    }
    if (changes.roles) {
        write_changed_roles(schema.roles, current, *changes.roles, set, unset);
    }
    if (!bson_empty(set.get())) {
        update.document("$set", set);
    }
    if (!bson_empty(unset.get())) {
        update.document("$unset", unset);
    }
    if (changes.ends_sessions()) {
        write_epoch_raise(update);
    }
}

} // namespace auth
