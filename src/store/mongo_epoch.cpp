#include "store/mongo_epoch.h"

#include "store/mongo_field.h"
#include "store/user_schema.h"

#include <cmath>

namespace auth {

bool read_epoch(const bson_t& document, std::int64_t& epoch) noexcept
{
    bson_iter_t field;
    epoch = 0;
    if (!find_field(document, epoch_field, field) ||
        BSON_ITER_HOLDS_NULL(&field)) {
        return true;
    }
    if (BSON_ITER_HOLDS_DOUBLE(&field)) {
        const double number = bson_iter_double(&field);
        if (std::floor(number) != number ||
            std::fabs(number) > static_cast<double>(highest_epoch)) {
            return false;
        }
    } else if (!BSON_ITER_HOLDS_INT32(&field) &&
               !BSON_ITER_HOLDS_INT64(&field)) {
        return false;
    }
    epoch = bson_iter_as_int64(&field);
    return epoch >= 0 && epoch <= highest_epoch;
}

void write_epoch_filter(std::int64_t epoch, bson_document& filter)
{
    if (epoch != 0) {
        filter.number(epoch_field, epoch);
        return;
    }
    bson_document values; // null also matches an absent field
    bson_append_null(values.get(), "0", -1);
    values.number("1", 0);
    bson_document in;
    in.array("$in", values);
    filter.document(epoch_field, in);
}

void write_epoch(std::int64_t epoch, bson_document& set)
{
    set.number(epoch_field, epoch);
}

void write_epoch_raise(bson_document& update)
{
    bson_document by;
    by.number(epoch_field, 1);
    update.document("$inc", by);
}

} // namespace auth
