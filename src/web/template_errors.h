#pragma once

#include <algorithm>
#include <iostream>
#include <sstream>
#include <streambuf>
#include <string>
#include <string_view>

namespace auth {

/// Catches what ctemplate says about a mistake, which it says on std::cerr
/// only. It may exist only while nginx reads its configuration, when this
/// process has one thread.
class error_capture
{
public:
    error_capture() : previous_(std::cerr.rdbuf(text_.rdbuf())) {}
    ~error_capture() { std::cerr.rdbuf(previous_); }
    error_capture(const error_capture&) = delete;
    error_capture& operator=(const error_capture&) = delete;

    /// What was said, in one line, shortened, without ctemplate's prefixes.
    std::string message() const
    {
        constexpr std::size_t longest = 240;
        std::string message = text_.str();

        for (const std::string_view prefix :
             {"Template : ", "ERROR: ", "\nIn: __{{MAIN}}__"}) {
            for (std::size_t at = 0;
                 (at = message.find(prefix)) != std::string::npos;) {
                message.erase(at, prefix.size());
            }
        }
        while (!message.empty() && message.back() == '\n') {
            message.pop_back();
        }
        if (message.size() > longest) {
            message = message.substr(0, longest) + " …";
        }
        std::replace(message.begin(), message.end(), '\n', ' ');

        return message.empty() ? "does not parse" : message;
    }

private:
    std::ostringstream text_;
    std::streambuf* previous_;
};

} // namespace auth
