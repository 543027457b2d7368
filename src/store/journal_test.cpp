#include "store/journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

namespace hotaru::store {
namespace {

class JournalTest : public testing::Test {
 protected:
  JournalTest() { folders_.state = folder_.path() / "state"; }
  Journal open() { return std::move(Journal::open(folders_, clock_)).value(); }
  Operation operation(const std::string& id) {
    Operation operation;
    operation.id = id;
    operation.kind = "up";
    operation.scope = "sim/1";
    operation.name = "ember";
    operation.region = "us-east-1";
    operation.parameters = "{}";
    operation.deadline = clock_.now() + Duration{1000};
    return operation;
  }

  TemporaryFolder folder_;
  Folders folders_;
  FakeClock clock_;
};

TEST_F(JournalTest, AnOperationIsPendingUntilItsEndIsWritten) {
  Journal journal = open();
  ASSERT_TRUE(journal.begin(operation("a")));
  auto pending = journal.pending("sim/1");
  ASSERT_TRUE(pending);
  ASSERT_EQ(pending->size(), 1U);
  EXPECT_EQ(pending->front().name, "ember");
  EXPECT_EQ(pending->front().deadline, clock_.now() + Duration{1000});
  ASSERT_TRUE(journal.set_state("a", OperationState::done, "i-1"));
  EXPECT_TRUE(journal.pending("sim/1")->empty());
  EXPECT_EQ((*journal.find("a"))->outcome, "i-1");
}

TEST_F(JournalTest, WhatAnotherCloudBeganIsNotPendingHere) {
  Journal journal = open();
  ASSERT_TRUE(journal.begin(operation("a")));
  EXPECT_TRUE(journal.pending("aws/2")->empty());
}

TEST_F(JournalTest, AnOperationBeingUndoneIsPending) {
  Journal journal = open();
  ASSERT_TRUE(journal.begin(operation("a")));
  ASSERT_TRUE(journal.set_state("a", OperationState::undoing, "Ctrl-C"));
  ASSERT_EQ(journal.pending("sim/1")->size(), 1U);
  EXPECT_EQ(journal.pending("sim/1")->front().state, OperationState::undoing);
}

TEST_F(JournalTest, ALivingOperationCannotBeTakenOver) {
  Journal journal = open();
  auto lock = journal.begin(operation("a"));
  ASSERT_TRUE(lock);
  Journal other = open();
  EXPECT_FALSE(other.take_over("a")->has_value());
}

TEST_F(JournalTest, ADeadOperationCanBeTakenOver) {
  {
    auto lock = open().begin(operation("a"));
  }
  EXPECT_TRUE(open().take_over("a")->has_value());
}

TEST_F(JournalTest, StepsAreReadInTheirOrderByALaterProcess) {
  {
    Journal journal = open();
    ASSERT_TRUE(journal.begin(operation("a")));
    ASSERT_TRUE(journal.step("a", "group", ""));
    ASSERT_TRUE(journal.step("a", "group", "sg-1"));
    clock_.advance(Duration{5});
    ASSERT_TRUE(journal.step("a", "instance", "i-1"));
  }
  Journal journal = open();
  auto steps = journal.steps("a");
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 3U);
  EXPECT_EQ((*steps)[0].resource, "");
  EXPECT_EQ((*steps)[1].resource, "sg-1");
  EXPECT_EQ((*steps)[2].what, "instance");
  EXPECT_EQ((*journal.find("a"))->touched, clock_.now());
}

TEST_F(JournalTest, TheExactRequestIsKeptUntilTheOperationEnds) {
  Journal journal = open();
  ASSERT_TRUE(journal.begin(operation("a")));
  ASSERT_TRUE(journal.attempt("a", {1, "hotaru-a-1", "{\"key\":\"secret\"}", ""}));
  ASSERT_TRUE(journal.attempt_ended("a", 1, "i-1"));
  EXPECT_EQ(journal.attempts("a")->front().request, "{\"key\":\"secret\"}");
  EXPECT_EQ(journal.attempts("a")->front().outcome, "i-1");
  ASSERT_TRUE(journal.set_state("a", OperationState::done, ""));
  EXPECT_EQ(journal.attempts("a")->front().request, "");
  EXPECT_EQ(journal.attempts("a")->front().token, "hotaru-a-1");
}

TEST_F(JournalTest, ATokenIsWrittenOnlyOncePerAttempt) {
  Journal journal = open();
  ASSERT_TRUE(journal.begin(operation("a")));
  ASSERT_TRUE(journal.attempt("a", {1, "t", "{}", ""}));
  EXPECT_FALSE(journal.attempt("a", {1, "t", "{}", ""}));
}

TEST_F(JournalTest, OldEndedOperationsAreForgottenAndOpenOnesNever) {
  Journal journal = open();
  ASSERT_TRUE(journal.begin(operation("ended")));
  ASSERT_TRUE(journal.begin(operation("open")));
  ASSERT_TRUE(journal.set_state("ended", OperationState::undone, ""));
  clock_.advance(Duration{10'000});
  ASSERT_TRUE(journal.forget_before(clock_.now()));
  EXPECT_FALSE(journal.find("ended")->has_value());
  EXPECT_TRUE(journal.find("open")->has_value());
}

TEST_F(JournalTest, NobodyElseCanReadIt) {
  Journal journal = open();
  struct stat status{};
  ASSERT_EQ(::stat((folders_.state / "journal.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(JournalTest, TheLockFileOfAnEndedOperationIsGone) {
  Journal journal = open();
  auto lock = journal.begin(operation("a"));
  EXPECT_TRUE(std::filesystem::exists(folders_.state / "operations" / "a.lock"));
  ASSERT_TRUE(journal.set_state("a", OperationState::done, ""));
  EXPECT_FALSE(std::filesystem::exists(folders_.state / "operations" / "a.lock"));
}

TEST_F(JournalTest, ADamagedOneIsAnErrorThatSaysWhatToDo) {
  ASSERT_TRUE(open().begin(operation("a")));
  const auto file = folders_.state / "journal.db";
  const std::string whole = read_file(file).value_or("");
  const auto expect_told = [&](const Error& error) {
    EXPECT_EQ(error.kind, ErrorClass::io);
    EXPECT_NE(error.message.find("not known what was begun"), std::string::npos) << error.message;
    EXPECT_NE(error.hint.find("mv " + file.string()), std::string::npos) << error.hint;
    EXPECT_NE(error.hint.find("hotaru ls --all"), std::string::npos) << error.hint;
    EXPECT_TRUE(std::filesystem::exists(file)) << "it is left where it is";
  };
  ASSERT_TRUE(write_file(file, "not a database", 0600));
  auto opened = Journal::open(folders_, clock_);
  ASSERT_FALSE(opened);
  expect_told(opened.error());

  std::string torn = whole;
  std::fill(torn.begin() + 4096, torn.end(), '\xff');
  ASSERT_TRUE(write_file(file, torn, 0600));
  auto later = Journal::open(folders_, clock_);
  ASSERT_TRUE(later) << later.error().message;
  auto pending = later->pending("sim/1");
  ASSERT_FALSE(pending);
  expect_told(pending.error());
}

}  // namespace
}  // namespace hotaru::store
