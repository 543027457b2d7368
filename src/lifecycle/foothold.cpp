#include "lifecycle/foothold.h"

#include <exception>

namespace hotaru::lifecycle {

std::unique_ptr<Foothold> Foothold::begin(Context& base, const LaunchPlan& like, std::vector<Place> places) {
  std::unique_ptr<Foothold> foothold(new Foothold(base, std::move(places)));
  const auto when = base.one_by_one ? std::launch::deferred : std::launch::async;
  foothold->work_ = std::async(when, [one = foothold.get(), like] {
    if (auto opened = one->open(); !opened) return opened;
    return one->prepare(like);
  });
  return foothold;
}

Foothold::~Foothold() {
  if (std::uncaught_exceptions() == 0) withdraw();
}

Result<void> Foothold::open() {
  auto journal = store::Journal::open(base_.folders, base_.clock);
  if (!journal) return pass(journal);
  journal_.emplace(std::move(*journal));
  auto known = store::Known::open(base_.folders, base_.clock);
  if (!known) return pass(known);
  known_.emplace(std::move(*known));
  context_.emplace(Context{.client = base_.client,
                           .transport = base_.transport,
                           .runner = base_.runner,
                           .clock = base_.clock,
                           .random = base_.random,
                           .journal = *journal_,
                           .known = *known_,
                           .folders = base_.folders,
                           .environment = base_.environment,
                           .scope = base_.scope,
                           .region = base_.region,
                           .progress =
                               [this](const Progress& step) {
                                 if (shown_) base_.progress(step);
                               },
                           .forget_interrupt = base_.forget_interrupt,
                           .login = base_.login,
                           .one_by_one = base_.one_by_one});
  return {};
}

Result<void> Foothold::prepare(const LaunchPlan& like) {
  Request request = like.request;
  request.from = like.from;
  request.region = places_.front().region;
  request.zone.clear();
  auto planned = plan(*context_, request, places_);
  if (!planned) return pass(planned);
  transaction_.emplace(*context_, std::move(*planned));
  return transaction_->prepare(true);
}

Result<void> Foothold::ready() {
  shown_ = true;
  if (!work_.valid()) return {};
  return work_.get();
}

Result<Launched> Foothold::launch(std::function<void()> on_refusal) {
  transaction_->on_refusal = std::move(on_refusal);
  auto launched = transaction_->launch();
  settled_ = launched.has_value();
  return launched;
}

Error Foothold::give_up(const Error& why) {
  settled_ = true;
  if (!transaction_) return why;
  return transaction_->give_up(why).error();
}

void Foothold::withdraw() {
  shown_ = false;
  if (work_.valid()) (void)work_.get();
  if (!settled_) (void)give_up({ErrorClass::capacity, "Not needed: another region had room.", ""});
}

std::vector<Refusal> Foothold::refusals() const {
  return transaction_ ? transaction_->refusals() : std::vector<Refusal>();
}

}  // namespace hotaru::lifecycle
