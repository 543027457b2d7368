#pragma once

#include <string>
#include <utility>

#include "cli/context.h"
#include "cli/progress.h"
#include "cli/silence.h"
#include "lifecycle/context.h"

namespace hotaru::cli {

/// Runs work of the lifecycle with its progress shown.
template <class Work>
auto watched(Context& context, lifecycle::Context& cloud, const std::string& cost, Work work) {
  Progress progress(context.err(), context.clock(), context.live(), cost);
  cloud.progress = [&progress](const lifecycle::Progress& step) { progress.tell(step.phase, step.text); };
  context.silence().use(&progress);
  auto result = work();
  context.silence().use(nullptr);
  cloud.progress = [](const lifecycle::Progress&) {};
  progress.finish();
  return result;
}

}  // namespace hotaru::cli
