// ssh waits for a port by running the executable that ran it: here that is the test program itself.

#include <gtest/gtest.h>

#include <string>

#include "ssh/door.h"

int main(int count, char** arguments) {
  if (count == 4 && std::string(arguments[1]) == "ssh-door")
    return hotaru::ssh::door_main(arguments[2], std::stoi(arguments[3]));
  ::testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
