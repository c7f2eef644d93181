// A sample of the stored passwords of a MongoDB database, by plain finds:
// what every server of that protocol does.

#include "mongo_user_store.h"

#include "mongo_query.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <utility>

namespace auth {

namespace {

using code = store_answer::code;
using clock = std::chrono::steady_clock;

/// Of many users, those at so many places of the index of names are read: what
/// a name begins with says little about how old its hash is.
constexpr std::int64_t most_places = 32;
/// Up to so many users for each that is read the places are counted out, for
/// which a server walks over those before; with more the places are spread
/// evenly over the alphabet.
constexpr std::int64_t most_counted = 8;
/// After this time the sample is what has been read by then.
constexpr std::chrono::milliseconds patience{1000};

/// A part of a name as a number, whose digits are the characters from `low` to
/// `high`.
class name_number
{
public:
    /// For numbers between two texts: with the letters and digits in them.
    name_number(std::string_view one, std::string_view other)
    {
        low_ = 'z';
        high_ = '0';
        for (const std::string_view text : {one, other}) {
            for (const char c : text) {
                const bool counts = (c >= '0' && c <= '9') ||
                                    (c >= 'A' && c <= 'Z') ||
                                    (c >= 'a' && c <= 'z');
                low_ = counts ? std::min(low_, c) : low_;
                high_ = counts ? std::max(high_, c) : high_;
            }
        }
        if (high_ < low_) {
            std::swap(low_, high_); // neither has any: take all
        }
    }

    std::uint64_t read(std::string_view text) const
    {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char c = i < text.size() ? text[i] : low_;
            number = number * base() + digit(std::clamp(c, low_, high_));
        }
        return number;
    }

    std::string write(std::uint64_t number) const
    {
        std::string text(digits, low_);
        for (std::size_t i = digits; i-- > 0; number /= base()) {
            text[i] =
                static_cast<char>(low_ + static_cast<int>(number % base()));
        }
        return text;
    }

private:
    static constexpr std::size_t digits = 6;

    std::uint64_t digit(char c) const
    {
        return static_cast<std::uint64_t>(c - low_);
    }
    std::uint64_t base() const { return digit(high_) + 1; }

    char low_;
    char high_;
};

/// How many bytes at the start are the same, and ASCII: cut there, a text is
/// still UTF-8.
std::size_t common_start(std::string_view one, std::string_view other)
{
    std::size_t size = 0;
    while (size < one.size() && size < other.size() &&
           one[size] == other[size] &&
           static_cast<unsigned char>(one[size]) < 128) {
        ++size;
    }
    return size;
}

/// A text at the i-th of `count` places from the first name to the last.
std::string name_between(std::string_view first, std::string_view last,
                         std::int64_t i, std::int64_t count)
{
    const std::string start(first.substr(0, common_start(first, last)));
    first.remove_prefix(start.size());
    last.remove_prefix(start.size());
    const name_number numbers(first, last);
    const std::uint64_t low = numbers.read(first);
    const std::uint64_t high = std::max(numbers.read(last), low);
    const std::uint64_t step = (high - low) / static_cast<std::uint64_t>(count);
    return start + numbers.write(low + step * static_cast<std::uint64_t>(i));
}

/// Of a number of places, how far apart two are that are read one after the
/// other: about the golden ratio, and prime to the number, so that none is left
/// out.
std::int64_t stride(std::int64_t places)
{
    std::int64_t step = std::max<std::int64_t>(places * 5 / 8, 1);
    while (std::gcd(step, places) != 1) {
        ++step;
    }
    return step;
}

} // namespace

store_answer mongo_user_store::count_users(std::int64_t& users)
{
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        users = mongoc_collection_estimated_document_count(
            call.users, nullptr, nullptr, nullptr, call.error);
        return users >= 0;
    });
    return sent.failure.failed() ? answer(code::unavailable, sent.failure)
                                 : store_answer{code::done, {}};
}

/// Appends passwords of users, and tells the name of the last of them.
store_answer mongo_user_store::read_stretch(const stretch& from,
                                            std::vector<secret>& passwords,
                                            std::string& last)
{
    const std::string& name_path = documents_.schema().username;
    bson_document projection;
    write_projection(name_path, projection);
    write_projection(documents_.schema().password, projection);
    bson_document options;
    write_query_options(projection, from.limit, options);
    bson_document filter;
    if (from.order != 0) {
        bson_document behind;
        behind.text("$gt", from.after);
        filter.document(name_path.c_str(), behind);
        bson_document order;
        order.number(name_path.c_str(), from.order);
        options.document("sort", order);
    }
    if (from.skip != 0) {
        options.number("skip", from.skip);
    }

    const std::size_t before = passwords.size();
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        passwords.resize(before);
        return query_users(call, filter, options, [&](const bson_t& document) {
            documents_.read_username(document, last);
            std::string_view password;
            if (documents_.read_password(document, password)) {
                passwords.emplace_back(password);
            }
            return true;
        });
    });
    return sent.failure.failed() ? answer(code::unavailable, sent.failure)
                                 : store_answer{code::done, {}};
}

/// Reads at places with as many users, or as much of the alphabet, between one
/// and the next.
store_answer mongo_user_store::read_places(std::int64_t users,
                                           std::int64_t limit,
                                           std::vector<secret>& passwords)
{
    const auto deadline = clock::now() + patience;
    const bool counted = users <= most_counted * limit;
    std::vector<secret> ignored;
    std::string first;
    std::string last;
    store_answer answer{code::done, {}};
    if (!counted) {
        answer = read_stretch({1, {}, 0, 1}, ignored, first);
    }
    if (!counted && answer.done()) {
        answer = read_stretch({-1, {}, 0, 1}, ignored, last);
    }
    const std::int64_t places = std::min(limit, most_places);
    for (std::int64_t n = 0;
         n < places && answer.done() && (n == 0 || clock::now() < deadline);
         ++n) {
        // In an order that leaves no part out when time is up.
        const std::int64_t i = n * stride(places) % places;
        stretch next{1, {}, 0, limit / places};
        if (counted) {
            next.skip = users * i / places;
        } else if (i != 0) {
            next.after = name_between(first, last, i, places);
        }
        std::string reached;
        answer = read_stretch(next, passwords, reached);
    }
    return answer;
}

store_answer mongo_user_store::sample_passwords(std::size_t limit,
                                                std::vector<secret>& passwords)
{
    passwords.clear();
    std::int64_t users = 0;
    store_answer counted = count_users(users);
    if (!counted.done()) {
        return counted;
    }
    const auto most = static_cast<std::int64_t>(limit);
    // Without an index of names a server would sort all users at each place.
    if (users <= most || !prepare().done()) {
        std::string last;
        return read_stretch({0, {}, 0, most}, passwords, last);
    }
    return read_places(users, most, passwords);
}

} // namespace auth
