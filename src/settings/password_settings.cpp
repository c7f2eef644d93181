// The directives of a realm about new users and their passwords.

#include "settings/realm_directives.h"

#include "account/username.h"

#include <algorithm>

namespace auth {

namespace {

std::uint32_t count(const directive& written, std::string_view value,
                    std::uint64_t least, std::uint64_t most)
{
    return static_cast<std::uint32_t>(written.number(value, least, most));
}

void read_hash(const directive& written, realm_settings& to)
{
    if (written[1] != "argon2id") {
        written.refuse(written[1], "\"argon2id\"");
    }
    for (std::size_t i = 2; i < written.size(); ++i) {
        std::string_view value;
        if (parameter(written[i], "memory", value)) {
            const std::size_t kib = written.size_in_bytes(value) / 1024;
            if (kib > 1024 * 1024) {
                written.refuse(value, "at most 1024m");
            }
            to.cost.memory_kib = static_cast<std::uint32_t>(kib);
        } else if (parameter(written[i], "time", value)) {
            to.cost.time = count(written, value, 1, 16);
        } else if (parameter(written[i], "lanes", value)) {
            to.cost.lanes = count(written, value, 1, 16);
        } else {
            written.refuse(written[i],
                           "\"memory=SIZE\", \"time=N\" or \"lanes=N\"");
        }
    }
    if (!to.cost.meets_floor()) {
        throw setting_error(
            "\"password_hash\" is below the floor, use at least one of "
            "memory=46m time=1, memory=19m time=2, memory=12m time=3, "
            "memory=9m time=4, memory=7m time=5");
    }
}

void read_concurrency(const directive& written, realm_settings& to)
{
    to.concurrency = written.number(written[1], 1, 1024);
    if (written.size() > 2) {
        std::string_view value;
        if (!parameter(written[2], "queue", value)) {
            written.refuse(written[2], "\"queue=M\"");
        }
        to.queue = written.number(value, 0, 512);
    }
}

void read_policy(const directive& written, realm_settings& to)
{
    for (std::size_t i = 1; i < written.size(); ++i) {
        std::string_view value;
        if (parameter(written[i], "min", value)) {
            to.policy.min = count(written, value, 1, 1024);
        } else if (parameter(written[i], "max", value)) {
            to.policy.max = count(written, value, 1, 1024);
        } else if (parameter(written[i], "strength", value)) {
            to.policy.strength = count(written, value, 0, 4);
        } else {
            written.refuse(written[i],
                           "\"min=N\", \"max=N\" or \"strength=0…4\"");
        }
    }
}

void reserve(const directive& written, std::string_view name,
             realm_settings& to)
{
    const std::string folded = fold_username(name);
    if (check_new_username(folded) != username_problem::none) {
        written.refuse(name, "a name that could be registered, \"off\" or "
                             "\"file:PATH\"");
    }
    to.reserved.insert(folded);
}

void read_reserved(const directive& written, realm_settings& to)
{
    to.reserved.clear();
    if (written.size() == 2 && written[1] == "off") {
        return;
    }
    for (std::size_t i = 1; i < written.size(); ++i) {
        std::string_view word = written[i];
        if (!take_prefix(word, "file:")) {
            reserve(written, word, to);
            continue;
        }
        const wiped_string list = written.around().file(word);
        for (const std::string_view name : split(list, " \t\r\n")) {
            if (!name.empty()) {
                reserve(written, name, to);
            }
        }
    }
}

} // namespace

std::vector<realm_directive> password_settings()
{
    return {
        {"password_hash", arguments::one_or_more,
         "argon2id memory=19m time=2 lanes=1", read_hash},
        {"password_concurrency", arguments::one_or_two, "", read_concurrency},
        {"password_policy", arguments::one_or_more, "min=8 max=128 strength=2",
         read_policy},
        {"username_reserved", arguments::one_or_more,
         "admin administrator root system support nobody www-data",
         read_reserved},
    };
}

} // namespace auth
