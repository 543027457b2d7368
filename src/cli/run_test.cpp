#include "cli/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/language_table.h"
#include "cli/progress.h"
#include "cli/talk.h"
#include "cli/test_run.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::json;

TEST(Help, OfEveryCommandHasItsUsageAndExamples) {
  const TestUser user;
  for (const Command* command : commands()) {
    auto words = split(command->name, ' ');
    words.emplace_back("--help");
    const auto help = user.run(words);
    EXPECT_EQ(help.code, 0) << command->name;
    EXPECT_TRUE(help.out.starts_with("Usage: hotaru " + std::string(command->name))) << help.out;
    EXPECT_NE(help.out.find("\nExamples:\n  "), std::string::npos) << command->name;
    EXPECT_NE(help.out.find("--output table|json"), std::string::npos) << command->name;
    EXPECT_EQ(help.err, "");
  }
}

TEST(Help, NamesEveryCommandAndEveryExitCode) {
  const TestUser user;
  const auto help = user.run({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const Command* command : commands()) {
    const bool named = help.out.find("\n  " + std::string(command->name) + " ") != std::string::npos;
    EXPECT_EQ(named, !command->hidden) << command->name;
  }
  for (const char* code : {"    0  ", "    3  ", "  130  ", "255 when the connection failed"}) {
    EXPECT_NE(help.out.find(code), std::string::npos) << code;
  }
}

TEST(Help, OfAGroupListsItsCommandsAlone) {
  const TestUser user;
  const auto help = user.run({"sim", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("  sim image build"), std::string::npos);
  EXPECT_EQ(help.out.find("  up "), std::string::npos);
  EXPECT_EQ(user.run({"sim"}).code, exit_invalid);
}

TEST(HotaruAlone, SaysHowToBeginWhereThereIsNoAccount) {
  const TestUser user;
  const auto alone = user.run({});
  EXPECT_EQ(alone.code, 0) << alone.err;
  EXPECT_TRUE(alone.out.starts_with("No AWS account is set up on this machine.")) << alone.out;
  for (const char* command : {"  hotaru init ", "  hotaru find 24GiB ", "  hotaru --cloud sim up train "})
    EXPECT_NE(alone.out.find(command), std::string::npos) << command;
  const auto json = Json::parse(user.run({"-o", "json"}).out);
  EXPECT_FALSE(json["status"]["ready"]);
  EXPECT_EQ(json["status"]["next"][0], "hotaru init");
  EXPECT_EQ(user.run({"--typo"}).code, exit_invalid);
}

TEST(Completions, AreOfWhatIsThere) {
  const TestUser user;
  const auto words = [&](std::vector<std::string> line) {
    line.insert(line.begin(), {"__complete", "--"});
    std::vector<std::string> found;
    for (const auto& each : lines(user.run(line).out)) found.push_back(each.substr(0, each.find('\t')));
    return join(found, " ");
  };
  EXPECT_EQ(words({"sho"}), "show");
  EXPECT_EQ(words({"sim", "sta"}), "start status");
  EXPECT_EQ(words({"config", "set", "re"}), "region");
  EXPECT_EQ(words({"--cloud", ""}), "aws sim");
  EXPECT_EQ(words({"--cloud", "sim", "find", "--region", "ap-northeast-"}),
            "ap-northeast-1 ap-northeast-2 ap-northeast-3");
  EXPECT_EQ(words({"up", "--then=st"}), "--then=stop");
  EXPECT_EQ(words({"up", "--then", "=", "te"}), "terminate");
  EXPECT_EQ(words({"ls", "--wat"}), "--watch");
  EXPECT_EQ(words({"ssh", "x", "--", "l"}), "");
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_EQ(user.run({"completion", shell}).code, 0) << shell;
  EXPECT_EQ(user.run({"completion", "tcsh"}).code, exit_invalid);
}

TEST(ManPages, ThereIsOneOfEveryCommandThatIsNamed) {
  const TestUser user;
  ASSERT_EQ(user.run({"man", "--to", (user.home() / "man").string()}).code, 0);
  for (const Command* command : commands()) {
    std::string file = "hotaru-" + std::string(command->name) + ".1";
    std::ranges::replace(file, ' ', '-');
    EXPECT_EQ(std::filesystem::exists(user.home() / "man" / file), !command->hidden) << file;
  }
  const auto page = user.run({"man", "hotaru-up"});
  EXPECT_TRUE(page.out.starts_with(".TH HOTARU\\-UP 1 ")) << page.out;
  EXPECT_NE(page.out.find("\\-\\-region"), std::string::npos);
  EXPECT_EQ(user.run({"man", "hotaru-upp"}).code, exit_not_found);
}

/// The placeholders of a text, sorted.
std::string placeholders(const std::string& text) {
  std::string found;
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) found += text[at + 1];
  std::ranges::sort(found);
  return found;
}

TEST(Languages, EveryPairHasTheSamePlaceholdersAndIsFoundByItsOwnText) {
  for (const Pair& pair : japanese_pairs()) {
    EXPECT_EQ(placeholders(pair.english), placeholders(pair.japanese)) << pair.english;
    EXPECT_NE(translated(Language::japanese, pair.english), pair.english) << pair.english;
    EXPECT_EQ(translated(Language::english, pair.english), pair.english);
  }
}

TEST(Languages, AreChosenByTheLocaleAndLeaveUnknownTextsAlone) {
  using Variables = std::map<std::string, std::string>;
  EXPECT_EQ(language_of(Environment(Variables{{"LANG", "ja_JP.UTF-8"}})), Language::japanese);
  EXPECT_EQ(language_of(Environment(Variables{{"LANG", "ja_JP.UTF-8"}, {"LC_ALL", "C"}})), Language::english);
  EXPECT_EQ(language_of(Environment(Variables{{"LC_MESSAGES", "ja"}, {"LANG", "C"}})), Language::japanese);
  EXPECT_EQ(translated(Language::japanese, "There is no instance train."), "インスタンス train はありません。");
  EXPECT_EQ(translated(Language::japanese, "Quite another thing."), "Quite another thing.");
  TestUser user;
  user.environment.set("LANG", "ja_JP.UTF-8");
  EXPECT_TRUE(user.run({}).out.starts_with("このマシンには AWS アカウント")) << user.run({}).out;
  EXPECT_EQ(Json::parse(user.run({"ls", "-o", "json"}).out)["error"]["code"], "NoCredentials");
}

TEST(Doctor, TellsOfEachThingAndEndsWithTheCodeOfTheFirstThatIsBad) {
  const TestUser user;
  const auto told = user.run({"doctor"});
  EXPECT_EQ(told.code, exit_unauthorized) << told.out;
  EXPECT_NE(told.out.find("bad   credentials  There are no AWS credentials"), std::string::npos) << told.out;
  const auto json = Json::parse(user.run({"doctor", "-o", "json"}).out);
  EXPECT_FALSE(json["doctor"]["ok"]);
  EXPECT_EQ(json["doctor"]["findings"].back()["what"], "credentials");
  EXPECT_NE(json["doctor"]["findings"].back()["todo"].get<std::string>().find("hotaru init"), std::string::npos);
}

TEST(Init, WritesOneFileByOptionsAlone) {
  const TestUser user;
  const auto begun = user.run({"init", "--cloud", "sim", "--region", "ap-northeast-1", "--idle", "30m", "--tax", "10",
                               "--currency", "jpy", "--rate", "155", "--alias", "yes"});
  EXPECT_EQ(begun.code, 0) << begun.err;
  for (const auto& [key, value] : {std::pair{"cloud", "sim"},
                                   {"region", "ap-northeast-1"},
                                   {"idle", "30m"},
                                   {"for", "24h"},
                                   {"tax", "10"},
                                   {"rate", "155"}})
    EXPECT_EQ(user.run({"config", "get", key}).out, std::string(value) + "\n");
  const auto included = read_file(user.home() / ".ssh" / "config");
  ASSERT_TRUE(included);
  EXPECT_TRUE(included->starts_with("Include ")) << *included;
}

TEST(Init, WritesNothingWhereSomethingIsMissingOrMakesNoSense) {
  const TestUser user;
  const auto rate = user.run({"init", "--cloud", "sim", "--currency", "jpy"});
  EXPECT_EQ(rate.code, exit_invalid);
  EXPECT_NE(rate.err.find("--rate"), std::string::npos) << rate.err;
  EXPECT_EQ(user.run({"init", "--cloud", "sim", "--idle", "soon"}).code, exit_invalid);
  EXPECT_EQ(user.run({"init", "--profile", "nobody"}).code, exit_invalid);
  EXPECT_FALSE(std::filesystem::exists(user.home() / "config"));
}

TEST(Settings, OfCloudProfileAndRegionCountWhereNothingElseIsSaid) {
  TestUser user;
  ASSERT_EQ(user.run({"config", "set", "cloud", "sim"}).code, 0);
  EXPECT_TRUE(user.run({}).out.starts_with("The sim is not running here.")) << user.run({}).out;
  EXPECT_TRUE(user.run({"--cloud", "aws"}).out.starts_with("No AWS account")) << user.run({"--cloud", "aws"}).out;
  user.environment.set("HOTARU_CLOUD", "aws");
  EXPECT_TRUE(user.run({}).out.starts_with("No AWS account"));
  ASSERT_EQ(user.run({"config", "set", "profile", "Nobody"}).code, 0);
  EXPECT_NE(user.run({"ls"}).err.find("Nobody"), std::string::npos) << user.run({"ls"}).err;
}

TEST(Settings, ThatMakeNoSenseAreToldWithTheNearestKeyAndCanBeMended) {
  TestUser user;
  const auto unknown = user.run({"config", "set", "regon", "us-east-1"});
  EXPECT_EQ(unknown.code, exit_invalid);
  EXPECT_NE(unknown.err.find("Did you mean region?"), std::string::npos) << unknown.err;
  EXPECT_NE(user.run({"config", "set", "region", "tokyo"}).err.find("ap-northeast-1"), std::string::npos);
  EXPECT_EQ(user.run({"config", "get", "tax"}).code, exit_not_found);
  const auto file = user.home() / "config" / "hotaru" / "config";
  ASSERT_TRUE(make_folder(file.parent_path()));
  ASSERT_TRUE(write_file(file, "tax = 10\ntex = 1\n"));
  const auto refused = user.run({"ls"});
  EXPECT_EQ(refused.code, exit_invalid);
  EXPECT_NE(refused.err.find("line 2"), std::string::npos) << refused.err;
  user.environment.set("EDITOR", "sed -i s/tex/x/");
  EXPECT_EQ(user.run({"config", "edit"}).code, exit_invalid);
  EXPECT_EQ(*read_file(file), "tax = 10\ntex = 1\n");
  user.environment.set("EDITOR", "sed -i /tex/d");
  EXPECT_EQ(user.run({"config", "edit"}).code, 0);
  EXPECT_EQ(user.run({"config", "get", "tax"}).out, "10\n");
}

TEST(Version, IsOneLineOrJson) {
  const TestUser user;
  EXPECT_TRUE(user.run({"version"}).out.starts_with("hotaru " HOTARU_VERSION));
  EXPECT_EQ(user.run({"--version"}).out, user.run({"version"}).out);
  EXPECT_EQ(Json::parse(user.run({"-o", "json", "version"}).out)["version"], HOTARU_VERSION);
}

TEST(CommandLine, SuggestsTheNearestCommandAndOption) {
  const TestUser user;
  const auto command = user.run({"shw", "train"});
  EXPECT_EQ(command.code, exit_invalid);
  EXPECT_NE(command.err.find("Did you mean: hotaru show"), std::string::npos) << command.err;
  const auto nested = user.run({"sim", "staart"});
  EXPECT_NE(nested.err.find("Did you mean: hotaru sim start"), std::string::npos) << nested.err;
  const auto option = user.run({"up", "--tpye", "g4dn.xlarge"});
  EXPECT_EQ(option.code, exit_invalid);
  EXPECT_NE(option.err.find("Did you mean --type?"), std::string::npos) << option.err;
}

TEST(CommandLine, RefusesWhatMakesNoSense) {
  const TestUser user;
  const std::vector<std::vector<std::string>> lines{
      {"ls", "surplus"},
      {"ls", "--", "true"},
      {"show"},
      {"--cloud", "moon", "ls"},
      {"up", "--disk", "lots"},
      {"up", "x", "--gpu", "T4:none"},
      {"up", "Not_A_Name"},
      {"up", "--disk", "-5"},
      {"show", "x", "--from", "0.0.0.0/0"},
      {"stop", "x", "--region", "a", "--region", "b"},
  };
  for (const auto& line : lines) {
    const auto outcome = user.run(line);
    EXPECT_EQ(outcome.code, exit_invalid) << join(line, " ");
    EXPECT_TRUE(outcome.err.starts_with("hotaru: ")) << join(line, " ");
    EXPECT_EQ(outcome.out, "") << join(line, " ");
  }
}

TEST(CommandLine, AGpuThatComesOnlyInNumbersIsNotTakenForOne) {
  const TestUser user;
  const auto outcome = user.run({"up", "x", "--gpu", "B300"});
  EXPECT_EQ(outcome.code, exit_not_found);
  EXPECT_NE(outcome.err.find("--gpu B300:8"), std::string::npos) << outcome.err;
}

TEST(CommandLine, TakesTheCloudFromTheEnvironmentAndChecksIt) {
  TestUser user;
  user.environment.set("HOTARU_CLOUD", "moon");
  const auto outcome = user.run({"ls"});
  EXPECT_EQ(outcome.code, exit_invalid);
  EXPECT_NE(outcome.err.find("HOTARU_CLOUD"), std::string::npos);
}

TEST(Errors, AreJsonOnStandardOutputWhenThatIsAskedFor) {
  const TestUser user;
  const auto outcome = user.run({"show", "-o", "json"});
  EXPECT_EQ(outcome.code, exit_invalid);
  const auto error = Json::parse(outcome.out)["error"];
  EXPECT_EQ(error["class"], "invalid");
  EXPECT_EQ(error["message"], "NAME is missing.");
  EXPECT_TRUE(error["code"].is_null());
  EXPECT_NE(outcome.err.find("NAME is missing."), std::string::npos);
}

TEST(Errors, OfMissingCredentialsSayWhatToDo) {
  const TestUser user;
  const auto outcome = user.run({"ls", "--region", "us-east-1"});
  EXPECT_EQ(outcome.code, exit_unauthorized);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2) << outcome.err;
}

TEST(Errors, OfTheUsersAwsFilesNameFileAndLine) {
  const TestUser user;
  ASSERT_TRUE(make_folder(user.home() / ".aws"));
  ASSERT_TRUE(write_file(user.home() / ".aws" / "config", "[default\nregion = us-east-1\n", 0600));
  const auto outcome = user.run({"ls"});
  EXPECT_EQ(outcome.code, exit_invalid);
  EXPECT_TRUE(outcome.err.starts_with(
      "hotaru: ~/.aws/config, line 1 cannot be read: the section's name does not end with ].\n"))
      << outcome.err;
}

TEST(Errors, HaveAnExitCodeForEachClass) {
  EXPECT_EQ(exit_code_of(ErrorClass::declined), 1);
  EXPECT_EQ(exit_code_of(ErrorClass::internal), 70);
  EXPECT_EQ(exit_code_of(ErrorClass::invalid), 2);
  EXPECT_EQ(exit_code_of(ErrorClass::not_found), 3);
  EXPECT_EQ(exit_code_of(ErrorClass::unauthorized), 4);
  EXPECT_EQ(exit_code_of(ErrorClass::quota), 5);
  EXPECT_EQ(exit_code_of(ErrorClass::capacity), 6);
  EXPECT_EQ(exit_code_of(ErrorClass::conflict), 7);
  for (const auto kind : {ErrorClass::unavailable, ErrorClass::throttled, ErrorClass::unknown_outcome}) {
    EXPECT_EQ(exit_code_of(kind), 8);
  }
  EXPECT_EQ(exit_code_of(ErrorClass::io), 9);
  EXPECT_EQ(exit_code_of(ErrorClass::unsupported), 9);
  EXPECT_EQ(exit_code_of(ErrorClass::interrupted), 130);
}

TEST(Questions, AreAnsweredByYesOrRefusedWhereNobodyCanBeAsked) {
  const TestUser user;
  const auto outcome = user.run({"down", "train"}, "y\n");
  EXPECT_EQ(outcome.code, exit_invalid);
  EXPECT_NE(outcome.err.find("--yes"), std::string::npos);
}

TEST(Tables, AreAsWideAsWhatIsInThem) {
  EXPECT_EQ(table({{"a\x1b[2Jb\n", "c"}}), "a [2Jb   c\n") << "a tag is others' text";
  EXPECT_EQ(table({{"NAME", "GPU"}, {"a-long-name", "1 × T4"}, {"b", "-"}}),
            "NAME         GPU\na-long-name  1 × T4\nb            -\n");
  EXPECT_EQ(width_of("蛍"), 2U);
  EXPECT_EQ(width_of("ｶ hotaru …"), 10U);
  EXPECT_EQ(table({{"NAME", "X"}, {"学習", "1"}, {"abc", "2"}}), "NAME  X\n学習  1\nabc   2\n");
  EXPECT_EQ(fact_lines({{"Name", "x"}, {"Nothing at all", ""}, {"Zone", "a"}}), "Name  x\nZone  a\n");
}

TEST(Usage, IsToldInSentencesOfOurOwn) {
  const TestUser user;
  const auto said = [&](const std::vector<std::string>& words) { return user.run(words).err; };
  EXPECT_TRUE(said({"ls", "-o", "xml"}).starts_with("hotaru: --output cannot be \"xml\": it is one of table, json.\n"));
  EXPECT_TRUE(said({"up", "x", "--disk", "much"}).starts_with("hotaru: --disk wants a number, not \"much\".\n"));
  EXPECT_TRUE(said({"up", "x", "--type"}).starts_with("hotaru: --type wants a value.\n"));
  EXPECT_NE(said({"up", "x", "--disk", "0"}).find("Say --disk 1 or more."), std::string::npos);
  EXPECT_TRUE(said({"down", ""}).starts_with("hotaru: NAME is empty.\n"));
  EXPECT_TRUE(said({"up", ""}).starts_with("hotaru: NAME is empty.\n"));
  EXPECT_NE(said({"ssh", "train", "nvidia-smi"}).find("comes after \"--\""), std::string::npos);
}

TEST(Progress, IsAPlainLineForEachThingThatHappens) {
  std::ostringstream stream;
  FakeClock clock;
  Progress progress(stream, clock, false, "$1/h");
  progress.tell("boot", "Waiting");
  progress.tell("boot", "Waiting");
  progress.tell("boot", "Still waiting");
  progress.tell("connect", "Connecting");
  progress.finish();
  progress.tell("late", "Unheard");
  EXPECT_EQ(stream.str(), "Waiting\nStill waiting\nConnecting\n");
}

TEST(Progress, OnATerminalIsOneLineThatIsRedrawnAndLeavesWhatItTook) {
  std::ostringstream stream;
  FakeClock clock;
  {
    Progress progress(stream, clock, true, "$1/h");
    progress.tell("boot", "Waiting");
    clock.advance(Duration{2'000});
    progress.tell("connect", "Connecting");
  }
  EXPECT_NE(stream.str().find("Waiting  ($1/h)"), std::string::npos);
  EXPECT_NE(stream.str().find("\r\033[K    2.0 s  Waiting\n"), std::string::npos) << stream.str();
  EXPECT_TRUE(stream.str().ends_with("\r\033[K")) << stream.str();
}

}  // namespace
}  // namespace hotaru::cli
