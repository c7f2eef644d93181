#pragma once

#include "settings/directive.h"

#include "base/quote.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Files and variables that a test names.
class fake_surroundings final : public surroundings
{
public:
    std::map<std::string, std::string, std::less<>> files;
    std::map<std::string, std::string, std::less<>> variables;
    mutable std::vector<std::string> warnings;

    std::string full_path(std::string_view path,
                          base_folder base) const override
    {
        const std::string folder =
            base == base_folder::prefix ? "/prefix/" : "/configuration/";
        return starts_with(path, "/") ? std::string(path)
                                      : folder + std::string(path);
    }
    wiped_string file(std::string_view path) const override
    {
        return find(files, path);
    }
    wiped_string variable(std::string_view name) const override
    {
        return find(variables, name);
    }
    void warn(const std::string& text) const override
    {
        warnings.push_back(text);
    }

private:
    static wiped_string
    find(const std::map<std::string, std::string, std::less<>>& in,
         std::string_view name)
    {
        const auto found = in.find(name);
        if (found == in.end()) {
            throw setting_error("there is no " + in_quotes(name));
        }
        return wiped_string(found->second);
    }
};

} // namespace auth
