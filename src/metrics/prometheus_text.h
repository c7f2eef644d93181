#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

/// Writes figures in Prometheus' text exposition format, version 0.0.4. Each
/// sample has the label `realm`.
class prometheus_text
{
public:
    enum class type { counter, gauge };

    /// A label besides `realm`. Without a name there is none.
    struct label {
        std::string_view name, value;
    };

    explicit prometheus_text(std::string_view realm);

    /// Begins a metric. Its samples follow.
    void begin(std::string_view name, type what, std::string_view help);
    /// A sample of the metric that was begun last.
    void add(std::uint64_t value, label which = {});
    /// The same; the sample is in seconds.
    void add_seconds(std::uint64_t microseconds, label which = {});

    const std::string& text() const noexcept { return text_; }

private:
    void begin_sample(label which);

    const std::string realm_; ///< the label
    std::string name_;
    std::string text_;
};

} // namespace auth
