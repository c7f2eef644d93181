// The directives of a realm about users and their passwords.

#include "nginx/conf/realm_directives.h"

#include "account/username.h"

namespace auth {

void set_password_hash(directive written, realm& to)
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
            to.cost.time =
                static_cast<std::uint32_t>(written.number(value, 1, 16));
        } else if (parameter(written[i], "lanes", value)) {
            to.cost.lanes =
                static_cast<std::uint32_t>(written.number(value, 1, 16));
        } else {
            written.refuse(written[i],
                           "\"memory=SIZE\", \"time=N\" or \"lanes=N\"");
        }
    }
    if (!to.cost.meets_floor()) {
        throw configuration_error(
            "\"password_hash\" is below the floor, use at least one of "
            "memory=46m time=1, memory=19m time=2, memory=12m time=3, "
            "memory=9m time=4, memory=7m time=5");
    }
}

void set_password_concurrency(directive written, realm& to)
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

void set_password_policy(directive written, realm& to)
{
    for (std::size_t i = 1; i < written.size(); ++i) {
        std::string_view value;
        if (parameter(written[i], "min", value)) {
            to.policy.min =
                static_cast<unsigned>(written.number(value, 1, 1024));
        } else if (parameter(written[i], "max", value)) {
            to.policy.max =
                static_cast<unsigned>(written.number(value, 1, 1024));
        } else if (parameter(written[i], "strength", value)) {
            to.policy.strength =
                static_cast<unsigned>(written.number(value, 0, 4));
        } else {
            written.refuse(written[i],
                           "\"min=N\", \"max=N\" or \"strength=0…4\"");
        }
    }
}

void set_username_reserved(directive written, realm& to)
{
    to.reserved.clear();
    if (written.size() == 2 && written[1] == "off") {
        return;
    }
    const auto add = [&](std::string_view name) {
        const std::string folded = fold_username(name);
        if (check_new_username(folded) != username_problem::none) {
            written.refuse(name, "a name that could be registered, \"off\" or "
                                 "\"file:PATH\"");
        }
        to.reserved.insert(folded);
    };
    for (std::size_t i = 1; i < written.size(); ++i) {
        if (!starts_with(written[i], "file:")) {
            add(written[i]);
            continue;
        }
        const auto names = read_small_file(written, written[i].substr(5));
        for (std::size_t at = 0; at < names.size();) {
            const std::size_t end = names.find_first_of(" \t\r\n", at);
            const std::string_view name =
                std::string_view(names).substr(at, end - at);
            if (!name.empty()) {
                add(name);
            }
            at = end == std::string::npos ? names.size() : end + 1;
        }
    }
}

} // namespace auth
