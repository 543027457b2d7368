// Machines are supervised by a process of the executable that runs them: here that is the test program itself.

#include <gtest/gtest.h>

#include <string>

#include "sim/sandbox/machine_main.h"

int main(int count, char** arguments) {
  if (count == 3 && std::string(arguments[1]) == "sim-machine") return hotaru::sim::machine_main(arguments[2]);
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
