// What every store does, whatever is behind it.

#include "test_store.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

using namespace auth_test;
using auth::store_answer;
using auth::stored_user;
using auth::user_store;
using code = auth::store_answer::code;

namespace auth {

void PrintTo(store_answer::code status, std::ostream* out)
{
    const char* names[] = {"done",     "absent",      "taken",  "changed",
                           "unusable", "unavailable", "unknown"};
    *out << names[static_cast<int>(status)];
}

} // namespace auth

namespace {

const char some_id[] = "0123456789abcdef01234567";

class user_store_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        users_ = make_test_store(GetParam());
        store_ = users_->open();
    }

    stored_user find(const std::vector<std::string>& spellings,
                     code expected = code::done)
    {
        stored_user found;
        store_answer answer = take(store_->find(spellings), found);
        EXPECT_EQ(answer.status, expected) << answer.detail;
        return found;
    }

    void insert(const stored_user& user, code expected = code::done)
    {
        store_answer answer = store_->insert(user);
        EXPECT_EQ(answer.status, expected) << answer.detail;
    }

    raw_user raw(const std::string& name) const
    {
        raw_user user;
        user.id = auth::new_user_id();
        user.username = name;
        return user;
    }

    std::unique_ptr<test_store> users_;
    std::unique_ptr<user_store> store_;
};

} // namespace

TEST_P(user_store_test, fresh_store_has_nobody)
{
    find({"ann"}, code::absent);
    EXPECT_EQ(store_answer(store_->find_by_id(auth::new_user_id())).status,
              code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("ann")).status, code::absent);
    EXPECT_EQ(replace_password(*store_, new_user("ann"), "$new").status,
              code::changed);
}

TEST_P(user_store_test, prepares_once_and_again)
{
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_TRUE(users_->open()->prepare().has_value());
}

TEST_P(user_store_test, finds_what_was_inserted)
{
    stored_user ann = new_user("ann", "$argon2id$v=19$m=19456,t=2,p=1$a$b");
    ann.roles = {"staff", "editors"};
    insert(ann);
    store_ = users_->open();
    stored_user found = find({"ann"});
    EXPECT_EQ(found.id, ann.id);
    EXPECT_EQ(found.username, "ann");
    EXPECT_EQ(found.password.view(), ann.password.view());
    EXPECT_FALSE(found.disabled);
    EXPECT_EQ(found.roles, ann.roles);
    ASSERT_TRUE(users_->age("ann"));
    EXPECT_NEAR(*users_->age("ann"), 0, 5);
}

TEST_P(user_store_test, finds_by_id)
{
    stored_user ann = new_user("ann");
    ann.roles = {"staff"};
    ann.disabled = true;
    insert(ann);
    insert(new_user("bob"));
    stored_user found;
    EXPECT_TRUE(has(take(store_->find_by_id(ann.id), found), code::done, ""));
    EXPECT_EQ(found.id, ann.id);
    EXPECT_EQ(found.username, "ann");
    EXPECT_EQ(found.password.view(), ann.password.view());
    EXPECT_EQ(found.roles, ann.roles);
    EXPECT_TRUE(found.disabled);
    EXPECT_TRUE(store_->raise_epoch(ann).has_value());
    EXPECT_TRUE(take(store_->find_by_id(ann.id), found).done());
    EXPECT_EQ(found.epoch, 1);
    for (const std::string& other :
         {auth::new_user_id(), std::string(), std::string("ann"),
          std::string("' OR 1=1 --"), std::string(100, 'x')}) {
        EXPECT_EQ(take(store_->find_by_id(other), found).status, code::absent);
    }
    EXPECT_EQ(take(users_->open()->find_by_id(ann.id), found).status,
              code::done);
}

TEST_P(user_store_test, id_of_an_unusable_user)
{
    raw_user none = raw("none");
    none.password_form = raw_user::form::missing;
    users_->put(none);
    stored_user found;
    EXPECT_TRUE(has(take(store_->find_by_id(none.id), found), code::unusable,
                    "password"));
    raw_user odd = raw("odd");
    odd.disabled = raw_user::flag::text;
    users_->put(odd);
    EXPECT_TRUE(has(take(store_->find_by_id(odd.id), found), code::unusable,
                    "disabled"));
}

TEST_P(user_store_test, keeps_disabled)
{
    stored_user ann = new_user("ann");
    ann.disabled = true;
    insert(ann);
    EXPECT_TRUE(find({"ann"}).disabled);
    EXPECT_TRUE(find({"ann"}).roles.empty());
}

TEST_P(user_store_test, refuses_a_taken_name)
{
    insert(new_user("ann", "$first"));
    insert(new_user("ann", "$second"), code::taken);
    EXPECT_EQ(users_->count("ann"), 1);
    EXPECT_EQ(find({"ann"}).password.view(), "$first");
}

TEST_P(user_store_test, prefers_the_first_spelling)
{
    users_->put(raw("ann"));
    users_->put(raw("Ann"));
    EXPECT_EQ(find({"Ann", "ann"}).username, "Ann");
    EXPECT_EQ(find({"ann", "Ann"}).username, "ann");
    EXPECT_EQ(find({"ANN", "ann"}).username, "ann");
    EXPECT_EQ(find({"ann", "ann"}).username, "ann");
    find({"ANN"}, code::absent);
    find({"ANN", "aNN"}, code::absent);
}

TEST_P(user_store_test, name_is_taken_in_any_capitals)
{
    users_->put(raw("AnN.Smith_2@example.ORG"));
    users_->put(raw("x"));
    EXPECT_EQ(store_answer(store_->is_taken("ann.smith_2@example.org")).status,
              code::taken);
    EXPECT_EQ(store_answer(store_->is_taken("annXsmith_2@example.org")).status,
              code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("ann.smith_2@example.orgx")).status,
              code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("nn.smith_2@example.org")).status,
              code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("x")).status, code::taken);
    EXPECT_EQ(store_answer(store_->is_taken(".*")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("^x$")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("x|y")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken(std::string(64, 'x'))).status,
              code::absent);
}

TEST_P(user_store_test, folding_knows_ascii_only)
{
    users_->put(raw("\u212Aelvin")); // KELVIN SIGN folds to k in Unicode
    users_->put(raw("\u00C4nn"));
    users_->put(raw("li\u017Fa")); // LONG S folds to s
    users_->put(raw("newline\n"));
    EXPECT_EQ(store_answer(store_->is_taken("kelvin")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("\u00E4nn")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("\u00C4nn")).status, code::taken);
    EXPECT_EQ(store_answer(store_->is_taken("lisa")).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("newline")).status, code::absent);
    EXPECT_EQ(find({"\u00C4nn"}).username, "\u00C4nn");
}

TEST_P(user_store_test, names_are_data)
{
    users_->put(raw("ann"));
    for (const char* name :
         {"' OR 1=1 --", "\" OR \"\"=\"", "{\"$ne\": null}", "$where", "%", "_",
          "an_", "ann'; DROP TABLE users", "\\", "ann "}) {
        find({name, name}, code::absent);
        EXPECT_EQ(store_answer(store_->is_taken(name)).status, code::absent)
            << name;
    }
    stored_user odd = new_user("o'$ne \"\\%_");
    insert(odd);
    EXPECT_EQ(find({odd.username}).id, odd.id);
}

TEST_P(user_store_test, survives_bytes_that_are_no_text)
{
    insert(new_user("ann"));
    for (const std::string& name :
         {std::string("ann\0", 4), std::string("ann\0x", 5), std::string(),
          std::string("\0", 1), std::string("\xff"), std::string("ann\xc3"),
          std::string("\xed\xa0\x80"), std::string(100000, 'a')}) {
        find({name}, code::absent);
        find({name, "bob"}, code::absent);
        EXPECT_EQ(find({name, "ann"}).username, "ann");
        EXPECT_EQ(store_answer(store_->is_taken(name)).status, code::absent);
    }
    insert(new_user(std::string("b\0b", 3)), code::unusable);
    insert(new_user(""), code::unusable);
    insert(new_user("bob", ""), code::unusable);
    stored_user bad_id = new_user("bob");
    bad_id.id = "1";
    insert(bad_id, code::unusable);
}

TEST_P(user_store_test, reads_documents_of_other_programs)
{
    raw_user plain = raw("plain");
    plain.id = some_id;
    users_->put(plain);
    raw_user binary = raw("binary");
    binary.password_form = raw_user::form::binary;
    binary.disabled = raw_user::flag::null;
    users_->put(binary);
    raw_user roles = raw("roles");
    roles.roles = {"a", "b"};
    users_->put(roles);

    EXPECT_EQ(find({"plain"}).id, some_id);
    EXPECT_EQ(find({"plain"}).password.view(), "$hash");
    EXPECT_EQ(find({"binary"}).password.view(), "$hash");
    EXPECT_FALSE(find({"binary"}).disabled);
    EXPECT_EQ(find({"roles"}).roles, roles.roles);
}

TEST_P(user_store_test, understands_disabled)
{
    using flag = raw_user::flag;
    struct row {
        const char* name;
        flag stored;
        bool disabled;
    };
    const row rows[] = {{"no", flag::no, false},
                        {"yes", flag::yes, true},
                        {"zero", flag::zero, false},
                        {"one", flag::one, true},
                        {"null", flag::null, false}};
    for (const row& r : rows) {
        raw_user user = raw(r.name);
        user.disabled = r.stored;
        users_->put(user);
    }
    raw_user odd = raw("odd");
    odd.disabled = flag::text;
    users_->put(odd);
    for (const row& r : rows) {
        EXPECT_EQ(find({r.name}).disabled, r.disabled) << r.name;
    }
    find({"odd"}, code::unusable);
}

TEST_P(user_store_test, tells_what_cannot_be_used)
{
    using form = raw_user::form;
    for (form bad : {form::empty, form::number, form::missing}) {
        raw_user user = raw("bad" + std::to_string(static_cast<int>(bad)));
        user.password_form = bad;
        users_->put(user);
    }
    raw_user id = raw("id");
    id.id = std::string(65, 'x');
    users_->put(id);

    for (form bad : {form::empty, form::number, form::missing}) {
        stored_user found;
        store_answer answer =
            take(store_->find({"bad" + std::to_string(static_cast<int>(bad))}),
                 found);
        EXPECT_EQ(answer.status, code::unusable);
        EXPECT_NE(answer.detail.find("password"), std::string::npos);
    }
    stored_user found;
    store_answer answer = take(store_->find({"id"}), found);
    EXPECT_EQ(answer.status, code::unusable);
    EXPECT_NE(answer.detail.find("id"), std::string::npos) << answer.detail;
}

TEST_P(user_store_test, replaces_a_password_once)
{
    insert(new_user("ann", "$old"));
    stored_user first = find({"ann"});
    stored_user second = find({"ann"});
    EXPECT_TRUE(replace_password(*store_, first, "$new").done());
    EXPECT_EQ(replace_password(*store_, second, "$other").status,
              code::changed);
    EXPECT_EQ(find({"ann"}).password.view(), "$new");
    EXPECT_EQ(replace_password(*store_, find({"ann"}), "").status,
              code::unusable);
}

TEST_P(user_store_test, replaces_the_origin_with_the_password)
{
    insert(new_user("ann", "$old"));
    stored_user ann = find({"ann"});
    EXPECT_EQ(ann.password_origin, "");
    ann.password_origin = "a:b";
    EXPECT_TRUE(replace_password(*store_, ann, "$new").done());
    EXPECT_EQ(find({"ann"}).password_origin, "a:b");
    // Not where the password is not replaced.
    ann.password_origin = "c:d";
    EXPECT_EQ(replace_password(*store_, ann, "$other").status, code::changed);
    ann = find({"ann"});
    EXPECT_EQ(ann.password_origin, "a:b");
    // Other programs leave it behind.
    users_->set_password(ann.id, "$elsewhere");
    ann = find({"ann"});
    EXPECT_EQ(ann.password_origin, "a:b");
    ann.password_origin.clear();
    EXPECT_TRUE(replace_password(*store_, ann, "$mine").done());
    EXPECT_EQ(find({"ann"}).password_origin, "");
}

TEST_P(user_store_test, replaces_a_binary_password_by_text)
{
    raw_user binary = raw("ann");
    binary.password_form = raw_user::form::binary;
    users_->put(binary);
    EXPECT_TRUE(replace_password(*store_, find({"ann"}), "$new").done());
    EXPECT_EQ(find({"ann"}).password.view(), "$new");
}

TEST_P(user_store_test, does_not_replace_what_has_changed)
{
    insert(new_user("ann", "$old"));
    stored_user ann = find({"ann"});
    users_->set_password(ann.id, "$elsewhere");
    EXPECT_EQ(replace_password(*store_, ann, "$new").status, code::changed);
    EXPECT_EQ(find({"ann"}).password.view(), "$elsewhere");
    for (const std::string& id :
         {auth::new_user_id(), std::string(), std::string("' OR 1=1 --")}) {
        ann.id = id;
        EXPECT_EQ(replace_password(*store_, ann, "$new").status, code::changed);
    }
    EXPECT_EQ(find({"ann"}).password.view(), "$elsewhere");
}

TEST_P(user_store_test, name_goes_to_one_of_fifty_threads)
{
    auto other = users_->open();
    std::atomic<int> done{0};
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i) {
        threads.emplace_back([&, i] {
            user_store& mine = i % 2 == 0 ? *store_ : *other;
            store_answer answer = mine.insert(new_user("ann"));
            done += answer.status == code::done;
            taken += answer.status == code::taken;
            EXPECT_LE(static_cast<int>(answer.status),
                      static_cast<int>(code::taken))
                << answer.detail;
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(done, 1);
    EXPECT_EQ(taken, 49);
    EXPECT_EQ(users_->count("ann"), 1);
}

TEST_P(user_store_test, serves_threads_side_by_side)
{
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < 10; ++n) {
                const std::string name =
                    "u" + std::to_string(i) + "." + std::to_string(n);
                stored_user found;
                failed += in_time([&] {
                              return store_->is_taken(name);
                          }).status != code::absent;
                const store_answer answers[] = {
                    in_time([&] { return store_->insert(new_user(name)); }),
                    in_time([&] {
                        return take(store_->find({name, name}), found);
                    }),
                    in_time([&] {
                        return replace_password(*store_, found, "$new");
                    })};
                for (const store_answer& answer : answers) {
                    failed += !answer.done();
                }
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(failed, 0);
}

INSTANTIATE_TEST_SUITE_P(stores, user_store_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& test) {
                             return std::string(test.param);
                         });
