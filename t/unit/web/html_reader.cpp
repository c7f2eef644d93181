#include "html_reader.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>

namespace auth {

namespace {

const std::set<std::string> void_elements = {"input", "link", "meta"};
const std::set<std::string> raw_elements = {"style", "script"};
constexpr std::string_view spaces = " \t\n";

[[noreturn]] void fail(const std::string& what, std::string_view where)
{
    throw std::runtime_error(what + " at: " + std::string(where.substr(0, 80)));
}

std::string decode(std::string_view text)
{
    static const std::pair<std::string_view, char> entities[] = {
        {"&amp;", '&'},
        {"&lt;", '<'},
        {"&gt;", '>'},
        {"&quot;", '"'},
        {"&#39;", '\''}};

    std::string decoded;
    while (!text.empty()) {
        const auto* entity = std::find_if(
            std::begin(entities), std::end(entities), [&](const auto& each) {
                return text.substr(0, each.first.size()) == each.first;
            });
        if (entity != std::end(entities)) {
            decoded += entity->second;
            text.remove_prefix(entity->first.size());
        } else if (text.front() == '&') {
            fail("a bare ampersand", text);
        } else {
            decoded += text.front();
            text.remove_prefix(1);
        }
    }
    return decoded;
}

std::string take_name(std::string_view html, std::size_t& at)
{
    const std::size_t end = html.find_first_of(" \t\n/>=\"'<", at);
    if (end == std::string_view::npos || end == at) {
        fail("no name", html.substr(at));
    }
    std::string name(html.substr(at, end - at));
    at = end;
    return name;
}

void skip_spaces(std::string_view html, std::size_t& at)
{
    at = std::min(html.find_first_not_of(spaces, at), html.size());
}

} // namespace

html_reader::html_reader(std::string_view html)
{
    std::size_t at = 0;

    while (at < html.size()) {
        const std::size_t tag = std::min(html.find('<', at), html.size());
        read_text(html.substr(at, tag - at));
        at = tag;
        if (html.substr(at, 15) == "<!DOCTYPE html>") {
            at += 15;
        } else if (at < html.size()) {
            read_tag(html, at);
        }
    }
    if (!open_.empty()) {
        fail("not closed", elements_[open_.back()].name);
    }
}

void html_reader::read_tag(std::string_view html, std::size_t& at)
{
    const std::string_view here = html.substr(at);
    ++at;
    if (html.substr(at, 1) == "/") {
        ++at;
        close(take_name(html, at));
        if (html.substr(at++, 1) != ">") {
            fail("a bad end tag", here);
        }
        return;
    }

    html_element element;
    element.name = take_name(html, at);
    structure_ += "<" + element.name;
    bool closed = false;
    for (skip_spaces(html, at); html.substr(at, 1) != ">";
         skip_spaces(html, at)) {
        if (html.substr(at, 2) == "/>") {
            closed = true;
            ++at;
            continue;
        }
        const std::string name = take_name(html, at);
        std::string value;
        if (html.substr(at, 1) == "=") {
            const std::size_t end = html.find('"', at + 2);
            if (html.substr(at + 1, 1) != "\"" ||
                end == std::string_view::npos) {
                fail("an unquoted value", here);
            }
            value = decode(html.substr(at + 2, end - at - 2));
            at = end + 1;
        }
        if (!element.attributes.emplace(name, value).second) {
            fail("a repeated attribute " + name, here);
        }
        structure_ += " " + name;
    }
    ++at;
    structure_ += ">";

    elements_.push_back(element);
    if (closed || void_elements.count(element.name) != 0) {
        return;
    }
    open_.push_back(elements_.size() - 1);
    if (raw_elements.count(element.name) != 0) {
        const std::size_t end =
            std::min(html.find("</" + element.name, at), html.size());
        elements_.back().text = html.substr(at, end - at);
        at = end;
    }
}

void html_reader::read_text(std::string_view text)
{
    if (text.find('>') != std::string_view::npos) {
        fail("a bare >", text);
    }
    const std::string decoded = decode(text);
    for (const std::size_t element : open_) {
        elements_[element].text += decoded;
    }
}

void html_reader::close(const std::string& name)
{
    if (open_.empty() || elements_[open_.back()].name != name) {
        fail("closed out of order", name);
    }
    open_.pop_back();
    structure_ += "</" + name + ">";
}

std::vector<html_element> html_reader::all(std::string_view name) const
{
    std::vector<html_element> found;
    for (const html_element& element : elements_) {
        if (element.name == name) {
            found.push_back(element);
        }
    }
    return found;
}

html_element html_reader::only(std::string_view name) const
{
    const std::vector<html_element> found = all(name);
    if (found.size() != 1) {
        fail("not one but " + std::to_string(found.size()), name);
    }
    return found.front();
}

html_element html_reader::with_id(std::string_view id) const
{
    std::vector<html_element> found;
    for (const html_element& element : elements_) {
        if (element.get("id") == id) {
            found.push_back(element);
        }
    }
    if (found.size() != 1) {
        fail("not one but " + std::to_string(found.size()) + " of id", id);
    }
    return found.front();
}

} // namespace auth
