#include <iostream>

#include "cli/run.h"

extern char** environ;

int main(int count, char** arguments) {
  return hotaru::cli::run({arguments + 1, arguments + count}, {std::cin, std::cout, std::cerr},
                          hotaru::Environment::of_process(environ));
}
