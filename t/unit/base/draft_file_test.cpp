#include "base/draft_file.h"

#include "base/regular_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace auth {
namespace {

namespace fs = std::filesystem;

class draft_file_test : public testing::Test
{
protected:
    draft_file_test() { EXPECT_NE(mkdtemp(folder_.data()), nullptr); }
    ~draft_file_test() override { fs::remove_all(folder_); }

    std::string name() const { return folder_ + "/file"; }

    std::size_t files() const
    {
        return static_cast<std::size_t>(std::distance(
            fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    std::string content() const
    {
        std::string text;
        EXPECT_EQ(read_regular_file(name(), 4096, text), 0);
        return text;
    }

    std::string folder_ = "/tmp/auth-draft-XXXXXX";
};

TEST_F(draft_file_test, has_its_name_when_it_is_published)
{
    {
        const draft_file draft(name());
        EXPECT_EQ(draft.error(), 0);
        EXPECT_EQ(draft.write("half"), 0);
        EXPECT_FALSE(fs::exists(name()));
        EXPECT_EQ(draft.write(" and half"), 0);
        EXPECT_EQ(draft.size(), 13);
        EXPECT_EQ(draft.publish(), 0);
    }
    EXPECT_EQ(content(), "half and half");
    EXPECT_EQ(fs::status(name()).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(files(), 1U);
}

TEST_F(draft_file_test, leaves_nothing_without_its_name)
{
    {
        const draft_file draft(name());
        EXPECT_EQ(draft.write("half"), 0);
        EXPECT_EQ(files(), 1U);
    }
    EXPECT_EQ(files(), 0U);
}

TEST_F(draft_file_test, publishes_over_no_file_and_no_link)
{
    std::ofstream(name()) << "first";
    {
        const draft_file draft(name());
        EXPECT_EQ(draft.write("second"), 0);
        EXPECT_EQ(draft.publish(), EEXIST);
    }
    EXPECT_EQ(content(), "first");
    fs::remove(name());
    fs::create_symlink("nowhere", name());
    EXPECT_EQ(draft_file(name()).publish(), EEXIST);
    EXPECT_EQ(files(), 1U);
}

TEST_F(draft_file_test, replaces_a_file)
{
    std::ofstream(name()) << "first";
    {
        draft_file draft(name());
        EXPECT_EQ(draft.write("second"), 0);
        EXPECT_EQ(draft.replace(), 0);
    }
    EXPECT_EQ(content(), "second");
    EXPECT_EQ(files(), 1U);
}

TEST_F(draft_file_test, tells_why_it_cannot_be_made)
{
    EXPECT_EQ(draft_file(folder_ + "/no/file").error(), ENOENT);
}

} // namespace
} // namespace auth
