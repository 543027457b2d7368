#include "lifecycle/change.h"

#include "lifecycle/encode.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {

Result<Change> Change::begin(Context& context, const std::string& kind, const Located& located) {
  constexpr Duration deadline{30 * 60'000};
  const aws::Instance& instance = located.instance;
  store::Operation operation;
  operation.id = context.random.hex(16);
  operation.kind = kind;
  operation.scope = context.scope;
  operation.name = to_facts(instance, located.region).name;
  operation.region = located.region;
  operation.parameters = encode_parameters(instance.id, "", aws::tag_value(instance.tags, tag::operation));
  operation.deadline = context.clock.now() + deadline;
  auto lock = context.journal.begin(operation);
  if (!lock) return pass(lock);
  return Change(context, operation.id, std::move(*lock));
}

bool Change::is_open_after(const Error& error) { return is_passing(error) || error.kind == ErrorClass::interrupted; }

Result<void> Change::close(const std::string& trouble, bool open) {
  if (open) return {};
  const auto state = trouble.empty() ? store::OperationState::done : store::OperationState::undone;
  return context_->journal.set_state(id_, state, trouble);
}

}  // namespace hotaru::lifecycle
