// A store's URI. First line: a password, second: what follows it in the URI;
// both lines are tried as a whole URI as well.

#include "target.h"

#include "store/store_uri.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

/// In no sentence of ours or of libmongoc's.
constexpr std::string_view mark = "Zq9xW7";

bool is_one_line(const std::string& text)
{
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return c >= ' ' && c != 0x7f; });
}

checked<store_uri> check_parsed(std::string_view text)
{
    const checked<store_uri> parsed = parse_store_uri(exact_bytes(text).view());
    if (!parsed) {
        // A line of a log. libmongoc shows hosts and options as written.
        HOLDS(!parsed.error().empty());
        HOLDS(is_one_line(parsed.error()) || !is_one_line(std::string(text)));
    } else if (parsed->what == store_uri::kind::sqlite) {
        HOLDS("sqlite:" + parsed->path == text && !parsed->path.empty());
        HOLDS(parsed->path.find('\0') == std::string::npos);
    } else {
        HOLDS(!parsed->database.empty());
        const checked<store_uri> again = parse_store_uri(parsed->uri);
        HOLDS(again && again->uri == parsed->uri &&
              again->database == parsed->database);
        HOLDS(parsed->redacted.find('@') == std::string::npos ||
              text.find("%40") != text.npos);
    }
    return parsed;
}

/// Nothing that is said holds the password.
void check_secrecy(const std::string& text)
{
    const checked<store_uri> parsed = check_parsed(text);
    const std::string shown =
        parsed ? parsed->redacted + parsed->notice : parsed.error();
    HOLDS(shown.find(mark) == std::string::npos);
}

} // namespace

void run(std::string_view input)
{
    const std::string first(take_line(input));
    const std::string rest(input);
    check_parsed(first);
    const exact_bytes bytes(first);
    check_parsed(std::string(uri_within(bytes.view())));
    check_parsed("mongodb://" + rest);

    if (rest.find(mark) == rest.npos && first.find(mark) == first.npos) {
        const std::string secret = std::string(mark) + first;
        check_secrecy("mongodb://joe:" + secret + "@host/users");
        check_secrecy("mongodb://joe:" + secret + "@" + rest);
        check_secrecy("mongodb+srv://joe:" + secret + "@" + rest);
        check_secrecy("mongodb://" + secret + "@" + rest);
    }
}

} // namespace auth::fuzz
