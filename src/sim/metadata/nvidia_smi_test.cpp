#include "sim/metadata/nvidia_smi.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"

namespace hotaru::sim {
namespace {

MachineSpec a_machine(const std::string& gpu, int count, int memory_mib) {
  MachineSpec spec;
  spec.instance_id = "i-0123456789abcdef0";
  spec.vcpus = 4;
  spec.gpu_name = gpu;
  spec.gpu_count = count;
  spec.gpu_memory_mib = memory_mib;
  return spec;
}

class NvidiaSmiTest : public testing::Test {
 protected:
  Exit smi(std::vector<std::string> arguments, const MachineSpec& spec = a_machine("T4", 1, 16384)) {
    const auto file = folder.path() / "nvidia-smi";
    EXPECT_TRUE(write_file(file, nvidia_smi_script(spec), 0755));
    Command command{{"dash", file.string()}};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.timeout = Duration{20'000};
    const auto exit = SystemRunner().run(command);
    EXPECT_TRUE(exit) << (exit ? "" : exit.error().message);
    return exit.value_or(Exit{});
  }
  /// One line of values without their header.
  std::string query(const std::string& fields, const MachineSpec& spec = a_machine("T4", 1, 16384)) {
    return trim(smi({"--query-gpu=" + fields, "--format=csv,noheader,nounits"}, spec).out);
  }

  TemporaryFolder folder;
  MachineSpec eight = a_machine("A100", 8, 40960);
};

TEST_F(NvidiaSmiTest, ShowsTheTableInNvidiasLayout) {
  const Exit exit = smi({});
  EXPECT_EQ(exit.code, 0);
  EXPECT_NE(
      exit.out.find("| NVIDIA-SMI 580.95.05              Driver Version: 580.95.05      CUDA Version: 13.0     |"),
      std::string::npos)
      << exit.out;
  EXPECT_NE(exit.out.find("|   0  Tesla T4 (simulated)           On  |   00000000:00:1E.0 Off |"), std::string::npos);
  EXPECT_NE(exit.out.find("|       0MiB /  16384MiB |"), std::string::npos);
  EXPECT_NE(exit.out.find("No running processes found"), std::string::npos);
  EXPECT_EQ(exit.err, "");
  for (const std::string& line : lines(exit.out)) {
    if (line.starts_with("|") || line.starts_with("+")) {
      EXPECT_EQ(line.size(), 91u) << line;
    }
  }
}

TEST_F(NvidiaSmiTest, KeepsTheTableStraightForEveryGpu) {
  for (const std::string gpu : {"K80", "V100", "A100", "H100", "H200", "B300", "RTX PRO Server 6000"}) {
    const Exit exit = smi({}, a_machine(gpu, 8, 275040));
    EXPECT_NE(exit.out.find("(simulated)"), std::string::npos) << gpu;
    for (const std::string& line : lines(exit.out)) {
      if (line.starts_with("|") || line.starts_with("+")) {
        EXPECT_EQ(line.size(), 91u) << line;
      }
    }
  }
}

TEST_F(NvidiaSmiTest, ListsGpusWithStableDistinctIdentifiers) {
  const auto listed = lines(smi({"-L"}, eight).out);
  ASSERT_EQ(listed.size(), 8u);
  EXPECT_TRUE(listed[7].starts_with("GPU 7: NVIDIA A100-SXM4-40GB (simulated) (UUID: GPU-")) << listed[7];
  EXPECT_NE(listed[0].substr(6), listed[1].substr(6));
  EXPECT_EQ(lines(smi({"--list-gpus"}, eight).out), listed);
}

TEST_F(NvidiaSmiTest, AnswersQueriesAsCsvWithUnits) {
  const Exit exit = smi({"--query-gpu=index,name,memory.total,utilization.gpu,clocks.sm,power.limit", "--format=csv"});
  EXPECT_EQ(lines(exit.out),
            (std::vector<std::string>{"index, name, memory.total [MiB], utilization.gpu [%], clocks.current.sm [MHz], "
                                      "power.limit [W]",
                                      "0, Tesla T4 (simulated), 16384 MiB, 0 %, 300 MHz, 70.00 W"}));
  EXPECT_EQ(exit.err, "");
}

TEST_F(NvidiaSmiTest, KeepsNumbersNumbers) {
  EXPECT_EQ(query("memory.total"), "16384");
  EXPECT_EQ(query("memory.used,memory.free"), "0, 16384");
  EXPECT_EQ(query("compute_cap"), "7.5");
  EXPECT_EQ(query("count", eight), "8\n8\n8\n8\n8\n8\n8\n8");
  EXPECT_EQ(query("utilization.gpu, utilization.memory"), "0, 0");
  EXPECT_EQ(query("power.draw"), "9.10");
}

TEST_F(NvidiaSmiTest, KnowsWhatToolsAskFor) {
  const std::string all =
      "index,name,uuid,driver_version,memory.total,memory.used,memory.free,utilization.gpu,utilization.memory,"
      "temperature.gpu,power.draw,power.limit,compute_cap,pci.bus_id,count,pstate,clocks.sm,timestamp,mig.mode.current,"
      "gpu_name,gpu_uuid,gpu_bus_id,serial,persistence_mode,compute_mode,ecc.mode.current,fan.speed,clocks.mem,"
      "clocks.gr,clocks.max.sm,pcie.link.gen.current,pcie.link.width.max,display_active,enforced.power.limit";
  EXPECT_EQ(split(query(all), ',').size(), split(all, ',').size());
  EXPECT_EQ(query("mig.mode.current"), "[N/A]");
  EXPECT_EQ(query("mig.mode.current", a_machine("H100", 1, 81920)), "Disabled");
  EXPECT_EQ(query("pci.device"), "0x1E");
}

TEST_F(NvidiaSmiTest, SaysOnStderrThatItIsSimulatedWhereItsAnswerDoesNot) {
  const Exit exit = smi({"--query-gpu=memory.total", "--format=csv,noheader,nounits"});
  EXPECT_EQ(exit.out, "16384\n");
  EXPECT_NE(exit.err.find("simulated"), std::string::npos);
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"-L"},
                                             {"-q"},
                                             {"-q", "-x"},
                                             {"-h"},
                                             {"--version"},
                                             {"topo", "-m"},
                                             {"--query-compute-apps=pid", "--format=csv"}}) {
    const Exit answer = smi(arguments);
    EXPECT_EQ(answer.code, 0) << join(arguments, " ");
    EXPECT_NE((answer.out + answer.err).find("simulated"), std::string::npos) << join(arguments, " ");
  }
}

TEST_F(NvidiaSmiTest, RefusesAFieldThatDoesNotExistAsNvidiaDoes) {
  const Exit exit = smi({"--query-gpu=name,nonsense", "--format=csv"});
  EXPECT_EQ(exit.code, 2);
  EXPECT_EQ(trim(exit.out), "Field \"nonsense\" is not a valid field to query.");
}

TEST_F(NvidiaSmiTest, RefusesArgumentsThatItDoesNotKnow) {
  EXPECT_EQ(smi({"--nonsense"}).code, 2);
  EXPECT_EQ(smi({"--query-gpu=name"}).code, 2);
  EXPECT_EQ(smi({"-pl", "50"}).code, 3);
}

TEST_F(NvidiaSmiTest, SelectsGpusByIndexIdentifierAndBus) {
  EXPECT_EQ(trim(smi({"-i", "3", "--query-gpu=index", "--format=csv,noheader"}, eight).out), "3");
  EXPECT_EQ(trim(smi({"--id=1,2", "--query-gpu=index", "--format=csv,noheader"}, eight).out), "1\n2");
  const std::string identifier = lines(query("uuid", eight)).at(5);
  EXPECT_EQ(trim(smi({"-i", identifier, "--query-gpu=index", "--format=csv,noheader"}, eight).out), "5");
  EXPECT_EQ(trim(smi({"-i", "00000000:00:1E.0", "--query-gpu=index", "--format=csv,noheader"}, eight).out), "7");
  const Exit none = smi({"-i", "8"}, eight);
  EXPECT_EQ(none.code, 6);
  EXPECT_EQ(trim(none.out), "No devices were found");
}

TEST_F(NvidiaSmiTest, HasNoProcesses) {
  const Exit exit = smi({"--query-compute-apps=pid,process_name,used_memory", "--format=csv"});
  EXPECT_EQ(exit.out, "pid, process_name, used_gpu_memory [MiB]\n");
  EXPECT_EQ(smi({"--query-compute-apps=pid", "--format=csv,noheader"}).out, "");
}

TEST_F(NvidiaSmiTest, LogsInNvidiasFormAndAsXml) {
  const std::string log = smi({"-q", "-d", "MEMORY"}).out;
  EXPECT_NE(log.find("==============NVSMI LOG=============="), std::string::npos);
  EXPECT_NE(log.find("CUDA Version                              : 13.0"), std::string::npos) << log;
  EXPECT_NE(log.find("    Product Name                          : Tesla T4 (simulated)"), std::string::npos);
  EXPECT_NE(log.find("        Total                             : 16384 MiB"), std::string::npos);
  const std::string xml = smi({"--query", "-u", "-x"}).out;  // as conda asks
  EXPECT_NE(xml.find("<cuda_version>13.0</cuda_version>"), std::string::npos);
}

TEST_F(NvidiaSmiTest, RepeatsUntilItIsEnded) {
  const auto file = folder.path() / "nvidia-smi";
  ASSERT_TRUE(write_file(file, nvidia_smi_script(a_machine("T4", 1, 16384)), 0755));
  auto child =
      SystemRunner().spawn({{"dash", file.string(), "--query-gpu=name", "--format=csv,noheader", "-lms", "10"}});
  ASSERT_TRUE(child);
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*child)->read_line(Duration{10'000}).value(), "Tesla T4 (simulated)");
}

TEST_F(NvidiaSmiTest, HasADriverForTheGpu) {
  EXPECT_EQ(query("driver_version", a_machine("K80", 1, 12288)), "470.256.02");
  EXPECT_EQ(query("compute_cap", a_machine("B300", 1, 275040)), "10.3");
  EXPECT_EQ(query("name", a_machine("V100", 1, 32768)), "Tesla V100-SXM2-32GB (simulated)");
}

TEST(NvidiaSmi, IsNotThereWithoutAnNvidiaGpu) {
  EXPECT_EQ(nvidia_smi_script(a_machine("", 0, 0)), "");
  EXPECT_EQ(nvidia_smi_script(a_machine("Radeon Pro V520", 1, 8192)), "");
}

}  // namespace
}  // namespace hotaru::sim
