#pragma once

#include <functional>
#include <memory>
#include <string>

#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/ec2.h"
#include "aws/endpoints.h"
#include "aws/settings.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "base/result.h"
#include "http/message.h"

namespace hotaru::aws {

/// Everything that it takes to talk to AWS, put together once: settings, credentials, transport and client. Opening it
/// reads the shared files and nothing else; no request is made and no credential needed until the first call, and
/// no library loaded unless it is asked for.
class Session {
 public:
  struct Seams {
    Clock& clock;
    Random& random;
    const Interrupt* interrupt = nullptr;
    Trace trace = {};
    /// Used instead of libcurl if given (tests, the sim in the same process).
    http::Transport* transport = nullptr;
    /// A request follows soon: libcurl is loaded meanwhile.
    bool load_ahead = false;
    SilenceListener silence = {};
    /// Used instead of the system's if given.
    Runner* runner = nullptr;
    /// For MFA codes; empty: there is no terminal to ask at.
    Asker ask = {};
  };
  static Result<std::unique_ptr<Session>> open(const Environment& environment, const Overrides& overrides, Seams seams);

  Client& client() { return *client_; }
  const Settings& settings() const { return client_->settings(); }
  Result<Credentials> credentials() { return chain_->get(); }
  http::Transport& transport() { return *transport_; }
  Ec2 ec2(const std::string& region) { return {*client_, region}; }
  /// True if calls to EC2 go to an endpoint that is not AWS's own.
  bool has_own_endpoint() const { return !own_endpoint(settings(), "ec2").empty(); }

 private:
  Session() = default;
  std::unique_ptr<http::Transport> own_transport_;
  http::Transport* transport_ = nullptr;
  SystemRunner own_runner_;
  std::unique_ptr<ProviderNeeds> needs_;
  std::unique_ptr<ProviderChain> chain_;
  std::unique_ptr<Client> client_;
};

}  // namespace hotaru::aws
