#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

struct html_element {
    std::string name;
    std::map<std::string, std::string> attributes; // values decoded
    std::string text; // of itself and what is in it, decoded

    bool has(const std::string& attribute) const
    {
        return attributes.count(attribute) != 0;
    }
    std::string get(const std::string& attribute) const
    {
        const auto found = attributes.find(attribute);
        return found != attributes.end() ? found->second : std::string();
    }
};

/// A page as a browser would take it apart, for pages that are well-formed:
/// every element closed in order, attributes quoted and not repeated. Throws
/// std::runtime_error for any other.
class html_reader
{
public:
    explicit html_reader(std::string_view html);

    const std::vector<html_element>& elements() const { return elements_; }

    std::vector<html_element> all(std::string_view name) const;
    /// The only element of that name, or the only one with that id.
    html_element only(std::string_view name) const;
    html_element with_id(std::string_view id) const;

    /// Element and attribute names in order: what no value may change.
    std::string structure() const { return structure_; }

private:
    void read_tag(std::string_view html, std::size_t& at);
    void read_text(std::string_view text);
    void close(const std::string& name);

    std::vector<html_element> elements_;
    std::vector<std::size_t> open_;
    std::string structure_;
};

} // namespace auth
