#include "settings/realm_directives.h"

#include "fake_surroundings.h"

#include "account/username.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace auth {
namespace {

class realm_directives_test : public testing::Test
{
protected:
    void read(const std::vector<std::string_view>& words)
    {
        read_directive(directive(words, around), settings);
    }

    /// What is wrong with a directive; empty: nothing.
    std::string problem_of(const std::vector<std::string_view>& words)
    {
        try {
            read(words);
            return {};
        } catch (const setting_error& error) {
            return error.what();
        }
    }

    fake_surroundings around;
    realm_settings settings;
};

TEST_F(realm_directives_test, defaults_are_those_of_the_rooms_that_use_them)
{
    EXPECT_EQ(settings.zone_size, 10u * 1024 * 1024);
    EXPECT_EQ(settings.limits.idle_ms, 30u * 60'000);
    EXPECT_EQ(settings.limits.lifetime_ms, 12u * 60 * 60'000);
    EXPECT_EQ(settings.limits.per_user, 20u);
    EXPECT_EQ(settings.limits.check_ms, 30'000u);
    EXPECT_EQ(settings.cookie_name, "ngx_auth");
    EXPECT_EQ(settings.cookie_secure, cookie_secure_mode::automatic);
    EXPECT_FALSE(settings.cookie_strict);
    EXPECT_EQ(settings.cost.memory_kib, hash_cost().memory_kib);
    EXPECT_EQ(settings.cost.time, hash_cost().time);
    EXPECT_EQ(settings.policy.min, password_policy().min);
    EXPECT_EQ(settings.policy.max, password_policy().max);
    EXPECT_EQ(settings.policy.strength, password_policy().strength);
    EXPECT_EQ(settings.queue, 64u);
    EXPECT_EQ(settings.attempts.login.user_total, login_limits().user_total);
    EXPECT_EQ(settings.attempts.login.delay_ms, login_limits().delay_ms);
    EXPECT_EQ(settings.attempts.registration.address,
              registration_limits().address);
    EXPECT_TRUE(settings.login_limited && settings.registration_limited);
    EXPECT_EQ(settings.attempt_zone_size, 1024u * 1024);
    EXPECT_EQ(settings.reserved.count("www-data"), 1u);
    EXPECT_EQ(settings.user_header_name, "Remote-User");
    EXPECT_EQ(settings.roles_header_name, "Remote-Groups");
    EXPECT_EQ(settings.schema.collection, "users");
    EXPECT_TRUE(settings.written.empty());
}

TEST_F(realm_directives_test, takes_as_many_words_as_it_says)
{
    for (const realm_directive& known : realm_directives()) {
        const std::string few = problem_of({known.name});
        EXPECT_NE(few.find("invalid number of arguments"), std::string::npos);
        if (known.takes == arguments::one) {
            const std::string many = problem_of({known.name, "x", "y"});
            EXPECT_NE(many.find("invalid number"), std::string::npos);
        }
        EXPECT_NE(problem_of({known.name, "x", "y", "z"}), "") << known.name;
    }
    EXPECT_EQ(problem_of({"sesion_limit", "5"}),
              "unknown directive \"sesion_limit\"");
}

TEST_F(realm_directives_test, stands_once)
{
    read({"session_limit", "5"});
    EXPECT_TRUE(settings.is_written("session_limit"));
    EXPECT_EQ(problem_of({"session_limit", "6"}),
              "\"session_limit\" directive is duplicate");
    around.variables["KEY"] = std::string(32, 'k');
    read({"secret", "env:KEY"});
    read({"secret", "env:KEY"});
    EXPECT_EQ(settings.secrets.size(), 2u);
}

TEST_F(realm_directives_test, says_what_a_value_must_be)
{
    EXPECT_EQ(problem_of({"session_limit", "0"}),
              "invalid value \"0\" in \"session_limit\" directive, it must be "
              "a number from 1 to 1000000");
    EXPECT_EQ(problem_of({"session_lifetime", "0"}),
              "invalid value \"0\" in \"session_lifetime\" directive, it must "
              "be a time over zero such as 30m or 12h");
    EXPECT_EQ(problem_of({"attempt_zone", "1k"}),
              "invalid value \"1k\" in \"attempt_zone\" directive, it must be "
              "at least 64k");
    EXPECT_EQ(problem_of({"login_limit", "off", "user=5"}),
              "invalid value \"user=5\" in \"login_limit\" directive, it must "
              "be absent after \"off\"");
}

TEST_F(realm_directives_test, reads_a_store)
{
    read({"store", "sqlite:users.db"});
    EXPECT_EQ(settings.store.path, "/prefix/users.db");
    around.variables["URI"] = " sqlite:/a.db\n";
    read_directive(directive({"store", "env:URI"}, around),
                   settings = realm_settings());
    EXPECT_EQ(settings.store.path, "/a.db");
}

TEST_F(realm_directives_test, does_not_repeat_what_may_be_secret)
{
    for (const char* uri : {"env:mongodb://u:pa55@h/d", "mongodb://u:pa55@h",
                            "x://u:pa55@h/d", "mongodb://u:pa55%@h/d"}) {
        settings = realm_settings();
        const std::string problem = problem_of({"store", uri});
        EXPECT_NE(problem, "") << uri;
        EXPECT_EQ(problem.find("pa55"), std::string::npos) << problem;
    }
    const std::string problem = problem_of({"secret", "pa55"});
    EXPECT_NE(problem.find("file:PATH"), std::string::npos);
    EXPECT_EQ(problem.find("pa55"), std::string::npos);
}

TEST_F(realm_directives_test, reads_reserved_names_from_a_file)
{
    around.files["names"] = "root Boss\n\tx.y\r\n";
    read({"username_reserved", "Chief", "file:names"});
    const std::set<std::string, std::less<>> expected{"boss", "chief", "root",
                                                      "x.y"};
    EXPECT_EQ(settings.reserved, expected);
    settings = realm_settings();
    read({"username_reserved", "off"});
    EXPECT_TRUE(settings.reserved.empty());
    settings = realm_settings();
    EXPECT_NE(problem_of({"username_reserved", "a b"}), "");
}

TEST_F(realm_directives_test, has_a_url_for_each_page_that_is_linked_to)
{
    for (const page_row& row : page_table) {
        const std::string name = std::string(row.name) + "_url";
        if (row.default_path.empty()) {
            EXPECT_NE(problem_of({name, "/x"}), "");
            continue;
        }
        read({name, "/ü"});
        EXPECT_EQ(settings.urls[index_of(row.which)], "/%C3%BC");
    }
}

TEST_F(realm_directives_test, headers_differ)
{
    EXPECT_NE(problem_of({"identity_header", "X-User", "roles=x-user"}), "");
    EXPECT_NE(problem_of({"identity_header", "Cookie"}), "");
    settings = realm_settings();
    read({"identity_header", "off"});
    EXPECT_EQ(settings.user_header_name + settings.roles_header_name, "");
}

TEST_F(realm_directives_test, sees_contradictions_at_the_end)
{
    read({"session_lifetime", "10m"});
    complete_settings(settings);
    EXPECT_EQ(settings.limits.idle_ms, 10u * 60'000);
    read({"session_idle_timeout", "11m"});
    try {
        complete_settings(settings);
        FAIL();
    } catch (const setting_error& error) {
        EXPECT_EQ(error.directive(), "session_idle_timeout");
    }
    settings = realm_settings();
    read({"password_policy", "min=9", "max=8"});
    EXPECT_THROW(complete_settings(settings), setting_error);
    settings = realm_settings();
    read({"store", "sqlite:/a.db"});
    read({"user_collection", "people"});
    EXPECT_THROW(complete_settings(settings), setting_error);
}

TEST_F(realm_directives_test, refuses_a_secret_that_everybody_can_read)
{
    const auto path = std::filesystem::temp_directory_path() /
                      ("auth-secret-" + std::to_string(getpid()));
    std::ofstream(path) << std::string(32, 's');
    around.files[path.string()] = std::string(32, 's');
    const std::string word = "file:" + path.string();
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    EXPECT_NE(problem_of({"secret", word}).find("chmod o-rwx"),
              std::string::npos);
    std::filesystem::permissions(path, std::filesystem::perms(0640));
    EXPECT_EQ(problem_of({"secret", word}), "");
    std::filesystem::remove(path);
}

} // namespace
} // namespace auth
