#include "web/inline_source.h"

#include "web/url_encoding.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/sha256.h"

#include <algorithm>
#include <stdexcept>

namespace auth {

namespace {

bool is_tag_name_end(char c)
{
    return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\n' ||
           c == '\f' || c == '\r';
}

/// Whether `html` has the tag at `position`, as `<style` or `</style`.
bool has_tag(std::string_view html, std::size_t position, std::string_view tag)
{
    return position + tag.size() < html.size() &&
           equal_ignoring_case(html.substr(position, tag.size()), tag) &&
           is_tag_name_end(html[position + tag.size()]);
}

/// Where the tag that begins at `position` ends: after its `>`. A `>` in a
/// quoted attribute value does not count.
std::size_t find_tag_end(std::string_view html, std::size_t position)
{
    char quote = '\0';

    for (std::size_t i = position; i < html.size(); ++i) {
        const char c = html[i];
        if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return i + 1;
        }
    }
    return html.size();
}

std::string hash_source(std::string_view text)
{
    std::string source = "'sha256-";
    encode_base64(sha256(text), standard_base64,
                  [&source](char c) { source += c; });
    return source + "='"; // 32 bytes are 43 digits and one of padding
}

std::string format_directive(const char* name, bool script,
                             const std::vector<inline_source>& sources)
{
    std::vector<std::string> hashes;
    for (const inline_source& source : sources) {
        if (source.script == script) {
            hashes.push_back(hash_source(source.text));
        }
    }
    if (hashes.empty()) {
        return {}; // default-src 'none' covers it
    }

    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());

    std::string directive = std::string("; ") + name;
    for (const std::string& hash : hashes) {
        directive += ' ' + hash;
    }
    return directive;
}

} // namespace

std::vector<inline_source> find_inline_sources(std::string_view html)
{
    constexpr std::string_view comment = "<!--";
    std::vector<inline_source> sources;

    std::size_t i = html.find('<');
    while (i < html.size()) {
        const bool script = has_tag(html, i, "<script");
        if (html.substr(i, comment.size()) == comment) {
            i = html.find("-->", i + 2); // `<!-->` is a whole comment
        } else if (script || has_tag(html, i, "<style")) {
            const std::string_view end_tag = script ? "</script" : "</style";
            const std::size_t start = find_tag_end(html, i);
            std::size_t end = start;
            while (end < html.size() && !has_tag(html, end, end_tag)) {
                ++end;
            }
            if (end == html.size()) {
                throw std::runtime_error(script ? "a <script> without end"
                                                : "a <style> without end");
            }
            sources.push_back(
                {script, std::string(html.substr(start, end - start))});
            i = end;
        }
        i = i < html.size() ? html.find('<', i + 1) : html.size();
    }
    return sources;
}

std::string
format_content_security_policy(const std::vector<inline_source>& sources)
{
    return "default-src 'none'; base-uri 'none'; object-src 'none'; "
           "frame-ancestors 'none'; img-src 'self' data:" +
           format_directive("style-src", false, sources) +
           format_directive("script-src", true, sources);
}

} // namespace auth
