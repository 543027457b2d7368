#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/file.h"

namespace hotaru {
namespace {

TEST(Process, OutputErrorsAndExitCodeComeBack) {
  SystemRunner runner;
  const auto exit = runner.run({.argv = {"sh", "-c", "cat; echo problem >&2; exit 3"}, .input = "hello\n"});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->out, "hello\n");
  EXPECT_EQ(exit->err, "problem\n");
  EXPECT_EQ(exit->code, 3);
  EXPECT_FALSE(exit->ok());
}

TEST(Process, LargeInputAndOutputDoNotBlockEachOther) {
  SystemRunner runner;
  const std::string large(3'000'000, 'x');
  const auto exit = runner.run({.argv = {"cat"}, .input = large});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->out, large);
}

TEST(Process, AChildThatDoesNotReadItsInputIsNoProblem) {
  SystemRunner runner;
  const auto exit = runner.run({.argv = {"true"}, .input = std::string(3'000'000, 'x')});
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 0);
}

TEST(Process, ASignalIsSeenInTheExitCode) {
  SystemRunner runner;
  EXPECT_EQ(runner.run({.argv = {"sh", "-c", "kill -9 $$"}})->code, 128 + SIGKILL);
}

TEST(Process, AMissingProgramSaysWhatToInstall) {
  SystemRunner runner;
  const auto exit = runner.run({.argv = {"no-such-program-at-all"}});
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().kind, ErrorClass::io);
  EXPECT_NE(exit.error().message.find("no-such-program-at-all"), std::string::npos);
}

TEST(Process, ATimeoutEndsTheWholeGroup) {
  SystemRunner runner;
  const TemporaryFolder folder;
  const auto file = folder.path() / "pid";
  const auto exit =
      runner.run({.argv = {"sh", "-c", "sleep 600 & echo $! > " + file.string() + "; wait"}, .timeout = Duration{300}});
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().kind, ErrorClass::io);
  const pid_t child = std::stoi(read_file(file).value());
  SystemClock clock;
  const auto is_gone = [&] {
    // An orphan that nobody reaped yet is dead all the same.
    const auto stat = read_file("/proc/" + std::to_string(child) + "/stat");
    return !stat || stat->find(") Z ") != std::string::npos;
  };
  const Duration deadline = clock.steady() + Duration{10'000};
  while (!is_gone() && clock.steady() < deadline) clock.sleep(Duration{5});
  EXPECT_TRUE(is_gone());
}

TEST(Process, EnvironmentIsAddedOrReplaced) {
  SystemRunner runner;
  ::setenv("HOTARU_TEST_KEPT", "kept", 1);
  const auto added = runner.run({.argv = {"sh", "-c", "echo $A-$HOTARU_TEST_KEPT"}, .environment = {{"A", "b"}}});
  EXPECT_EQ(added->out, "b-kept\n");
  const auto replaced = runner.run(
      {.argv = {"sh", "-c", "echo $A-$HOTARU_TEST_KEPT"}, .environment = {{"A", "b"}}, .clear_environment = true});
  EXPECT_EQ(replaced->out, "b-\n");
  ::unsetenv("HOTARU_TEST_KEPT");
}

TEST(Process, AConversationGoesLineByLine) {
  SystemRunner runner;
  auto child = runner.spawn({.argv = {"sh", "-c", "read x; echo got $x; read y; echo then $y; printf last"}});
  ASSERT_TRUE(child);
  ASSERT_TRUE((*child)->write("one\n"));
  EXPECT_EQ((*child)->read_line(Duration{10'000}).value(), "got one");
  ASSERT_TRUE((*child)->write("two\n"));
  EXPECT_EQ((*child)->read_line(Duration{10'000}).value(), "then two");
  EXPECT_EQ((*child)->read_line(Duration{10'000}).value(), "last");
  EXPECT_EQ((*child)->read_line(Duration{10'000}).value(), std::nullopt);
  EXPECT_EQ((*child)->wait()->code, 0);
}

TEST(Process, AConversationThatStallsTimesOut) {
  SystemRunner runner;
  auto child = runner.spawn({.argv = {"sleep", "600"}});
  ASSERT_TRUE(child);
  EXPECT_FALSE((*child)->read_line(Duration{20}));
}

TEST(Process, ADetachedProgramWritesItsLogInASessionOfItsOwn) {
  SystemRunner runner;
  const TemporaryFolder folder;
  const auto log = folder.path() / "log";
  const auto child = runner.detach({.argv = {"sh", "-c", "ps -o sid= -p $$; echo $$"}}, log);
  ASSERT_TRUE(child);
  int status = 0;
  ASSERT_EQ(::waitpid(*child, &status, 0), *child);
  const std::string text = read_file(log).value();
  EXPECT_NE(text.find(std::to_string(*child)), std::string::npos);
}

TEST(Process, ProgramsAreFoundInPathAndInSbin) {
  EXPECT_TRUE(find_program("sh"));
  EXPECT_FALSE(find_program("no-such-program-at-all"));
  EXPECT_FALSE(own_executable().empty());
}

}  // namespace
}  // namespace hotaru
