#include "metrics/prometheus_text.h"

namespace auth {

namespace {

constexpr std::uint64_t microseconds_per_second = 1000000;

/// A text without line feeds, in which `also` has a backslash before it, too.
std::string escape(std::string_view text, char also)
{
    std::string escaped;
    for (const char c : text) {
        if (c == '\n') {
            escaped += "\\n";
            continue;
        }
        if (c == '\\' || c == also) {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

std::string label_text(std::string_view name, std::string_view value)
{
    return std::string(name) + "=\"" + escape(value, '"') + "\"";
}

std::string in_seconds(std::uint64_t microseconds)
{
    const std::string rest =
        std::to_string(microseconds % microseconds_per_second);
    return std::to_string(microseconds / microseconds_per_second) + "." +
           std::string(6 - rest.size(), '0') + rest;
}

} // namespace

prometheus_text::prometheus_text(std::string_view realm)
    : realm_(label_text("realm", realm))
{}

void prometheus_text::begin(std::string_view name, type what,
                            std::string_view help)
{
    name_ = name;
    text_ += "# HELP " + name_ + " " + escape(help, '\\') + "\n";
    text_ += "# TYPE " + name_;
    text_ += what == type::counter ? " counter\n" : " gauge\n";
}

void prometheus_text::begin_sample(label which)
{
    text_ += name_ + "{" + realm_;
    if (!which.name.empty()) {
        text_ += "," + label_text(which.name, which.value);
    }
    text_ += "} ";
}

void prometheus_text::add(std::uint64_t value, label which)
{
    begin_sample(which);
    text_ += std::to_string(value) + "\n";
}

void prometheus_text::add_seconds(std::uint64_t microseconds, label which)
{
    begin_sample(which);
    text_ += in_seconds(microseconds) + "\n";
}

} // namespace auth
