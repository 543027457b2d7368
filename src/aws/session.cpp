#include "aws/session.h"

#include "http/curl_transport.h"

namespace hotaru::aws {

Result<std::unique_ptr<Session>> Session::open(const Environment& environment, const Overrides& overrides,
                                               Seams seams) {
  auto files = read_shared_files(environment);
  if (!files) return pass(files);
  auto settings = settings_of(environment, *files, overrides);
  if (!settings) return pass(settings);
  std::unique_ptr<Session> session(new Session);
  session->transport_ = seams.transport;
  if (seams.transport == nullptr) {
    auto options = http::CurlOptions::of(environment, seams.interrupt);
    options.ca_bundle = settings->ca_bundle;
    auto own = std::make_unique<http::CurlTransport>(std::move(options));
    if (seams.load_ahead) own->load_ahead();
    session->own_transport_ = std::move(own);
    session->transport_ = session->own_transport_.get();
  }
  Runner& runner = seams.runner != nullptr ? *seams.runner : session->own_runner_;
  session->needs_ = std::make_unique<ProviderNeeds>(
      ProviderNeeds{environment, std::move(*files), std::move(*settings), *session->transport_, seams.clock,
                    seams.random, runner, std::move(seams.ask), seams.trace, seams.silence});
  session->chain_ = std::make_unique<ProviderChain>(default_providers(*session->needs_, overrides), seams.clock);
  ProviderChain* chain = session->chain_.get();
  session->client_ = std::make_unique<Client>(
      session->needs_->settings,
      Client::Seams{*session->transport_, seams.clock, seams.random, [chain] { return chain->get(); },
                    std::move(seams.trace), std::move(seams.silence),
                    [chain](const Credentials& refused) { return chain->replace(refused); }});
  return session;
}

}  // namespace hotaru::aws
