#pragma once

#include <memory>
#include <string>

#include "base/environment.h"
#include "base/interrupt.h"
#include "http/message.h"

namespace hotaru::http {

struct CurlOptions {
  std::string ca_bundle = {};    ///< PEM file (AWS_CA_BUNDLE); "" for the system's
  std::string http_proxy = {};   ///< for http URLs; "" for none
  std::string https_proxy = {};  ///< for https URLs
  std::string no_proxy =
      {};  ///< hosts that are reached directly, as curl's --noproxy; loopback and EC2's metadata always are
  const Interrupt* interrupt = nullptr;

  /// AWS_CA_BUNDLE, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY; the lower-case names win, as in curl.
  static CurlOptions of(const Environment& environment, const Interrupt* interrupt);
};

/// Transport over libcurl, which is loaded at the first request: a command that makes none does not pay for it.
/// `unsupported` if libcurl is not installed. Connections are kept for later requests. Where a kept one turns out to be
/// dead before a byte of the answer has come, libcurl sends the request again on a new one, a POST too, and cannot be
/// told not to (lib/transfer.c, Curl_retry_request): what must not be done twice wants Request::fresh_connection. HTTP
/// and HTTPS only, redirects are data. Answers of more than 64 MiB are refused.
class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options);
  ~CurlTransport() override;
  /// Begins to load libcurl and the two dozen libraries behind it beside what else is done before the first request,
  /// which then waits for less. To be called once, before `send`; no error is told before then.
  void load_ahead();
  Result<Response> send(const Request& request) override;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace hotaru::http
