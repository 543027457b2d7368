#include "http/curl_transport.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include "base/text.h"
#include "http/curl_library.h"

namespace hotaru::http {

namespace {

constexpr std::size_t longest_answer = 64 * 1024 * 1024;

/// Loopback, and the addresses that hand out credentials to an instance or a container (EC2, ECS, EKS): a proxy would
/// ask for its own.
constexpr const char* always_direct =
    "localhost,127.0.0.1,::1,169.254.169.254,fd00:ec2::254,169.254.170.2,169.254.170.23,fd00:ec2::23";

/// What libcurl fills while an exchange goes on.
struct Exchange {
  Response response;
  bool too_long = false;
  bool answering = false;  ///< something of the answer has come
};

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& response = static_cast<Exchange*>(user)->response;
  static_cast<Exchange*>(user)->answering = true;
  const std::string_view line(bytes, size * count);
  if (line.starts_with("HTTP/")) response.headers.clear();  // what came before was a 100 Continue
  if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    response.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return line.size();
}

/// What Content-Length promises, as far as it is worth believing before it has come.
std::size_t announced_length(const Headers& headers) {
  constexpr std::int64_t most = 8 * 1024 * 1024;  // untouched memory costs nothing
  return static_cast<std::size_t>(
      std::clamp(parse_integer(header(headers, "content-length")).value_or(0), std::int64_t{0}, most));
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string& body = exchange.response.body;
  if (body.size() + size * count > longest_answer) {
    exchange.too_long = true;
    return 0;
  }
  if (body.empty()) body.reserve(announced_length(exchange.response.headers));
  body.append(bytes, size * count);
  return size * count;
}

/// Not inherited by the programs that we start: an ssh that outlives us must not keep a connection to AWS open.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::string host_of(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return url;
  return url.substr(begin + 3, url.find_first_of("/?", begin + 3) - begin - 3);
}

struct Explanation {
  const char* what;
  const char* hint;
};

Explanation explain(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {"the name cannot be resolved", "Check the network connection, and the region's or endpoint's name."};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"the proxy's name cannot be resolved", "Check HTTPS_PROXY and HTTP_PROXY."};
    case CURLE_COULDNT_CONNECT:
      return {"the connection was refused or there is no way to it", "Check the network, the endpoint and the proxy."};
    case CURLE_OPERATION_TIMEDOUT:
      return {"there was no answer in time", "Check the network, and try again."};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {"its certificate is not trusted", "Behind a proxy that replaces certificates, set AWS_CA_BUNDLE to its."};
    case CURLE_SSL_CACERT_BADFILE:
      return {"the file of trusted certificates cannot be read", "Check AWS_CA_BUNDLE."};
    case CURLE_SSL_CONNECT_ERROR:
      return {"no secure connection could be made", "Check whether the endpoint speaks https."};
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return {"the connection broke off before the answer was whole", ""};
    default:
      return {nullptr, ""};
  }
}

/// A refused certificate stays refused: it carries this code, so that nobody tries again.
const char* code_name(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "CertificateNotTrusted";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "NameNotResolved";
    case CURLE_COULDNT_CONNECT:
      return "CannotConnect";
    case CURLE_OPERATION_TIMEDOUT:
      return "TimedOut";
    default:
      return "";
  }
}

Error interrupted() { return Error{ErrorClass::interrupted, "Interrupted."}; }

/// One easy handle in a multi of its own: the multi is what lets us wait for Ctrl-C as well, and keeps the connections.
class Lane {
 public:
  explicit Lane(const CurlLibrary& library)
      : library_(library), multi_(library.multi_init()), easy_(library.easy_init()) {}
  ~Lane() {
    if (easy_ != nullptr) library_.easy_cleanup(easy_);
    if (multi_ != nullptr) library_.multi_cleanup(multi_);
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  Result<Response> send(const Request& request, const CurlOptions& options) {
    if (easy_ == nullptr || multi_ == nullptr) return fail(ErrorClass::io, "There is no memory for a connection.");
    Exchange exchange;
    char detail[CURL_ERROR_SIZE] = "";
    auto headers = header_list(request);
    if (!headers) return pass(headers);
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owned(*headers, library_.slist_free_all);
    library_.easy_reset(easy_);
    set_options(request, options);
    set(CURLOPT_HTTPHEADER, owned.get());
    set(CURLOPT_HEADERDATA, &exchange);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_ERRORBUFFER, detail);
    auto code = perform(options.interrupt, request, exchange);
    set(CURLOPT_ERRORBUFFER, nullptr);
    if (!code) return pass(code);
    if (*code != CURLE_OK) return std::unexpected(error_of(*code, request, exchange, detail));
    long status = 0;
    library_.easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    library_.easy_setopt(easy_, option, value);
  }

  Result<curl_slist*> header_list(const Request& request) const {
    curl_slist* list = library_.slist_append(nullptr, "Expect:");  // a round trip that no small body needs
    bool has_type = false;
    for (const auto& [name, value] : request.headers) {
      if ((name + value).find_first_of("\r\n") != std::string::npos) {
        library_.slist_free_all(list);
        return fail(ErrorClass::invalid, fmt::format("The value of the header {} holds a line break.", name));
      }
      const std::string key = to_lower(name);
      if (key == "host" || key == "content-length") continue;  // curl's own say the same
      has_type = has_type || key == "content-type";
      list = library_.slist_append(list, (value.empty() ? name + ";" : name + ": " + value).c_str());
    }
    if (!has_type) list = library_.slist_append(list, "Content-Type:");
    return list;
  }

  void set_options(const Request& request, const CurlOptions& options) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    set(CURLOPT_QUICK_EXIT, 1L);  // Ctrl-C does not wait for the resolver
#endif
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_FRESH_CONNECT, request.fresh_connection ? 1L : 0L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (!options.ca_bundle.empty()) set(CURLOPT_CAINFO, options.ca_bundle.c_str());
    const bool tls = request.url.starts_with("https:");
    set(CURLOPT_PROXY, (tls ? options.https_proxy : options.http_proxy).c_str());  // "" also keeps curl from asking
    set(CURLOPT_NOPROXY,
        (std::string(always_direct) + (options.no_proxy.empty() ? "" : "," + options.no_proxy)).c_str());
    set_method(request);
  }

  void set_method(const Request& request) {
    if (request.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
      return;
    }
    const bool has_body = !request.body.empty() || request.method == "POST";
    if (has_body) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.data());
    }
    if (request.method != (has_body ? "POST" : "GET")) set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  /// Drives the exchange to its end, or to the user's Ctrl-C.
  Result<CURLcode> perform(const Interrupt* interrupt, const Request& request, const Exchange& exchange) {
    library_.multi_add_handle(multi_, easy_);
    Result<CURLcode> result = CURLE_OK;
    int running = 1;
    while (running > 0) {
      if (interrupt != nullptr && interrupt->requested()) {
        result = std::unexpected(interrupted());
        break;
      }
      if (library_.multi_perform(multi_, &running) != CURLM_OK) {
        result = CURLE_FAILED_INIT;
        break;
      }
      if (running == 0) break;
      curl_waitfd wake{interrupt != nullptr ? interrupt->descriptor() : -1, CURL_WAIT_POLLIN, 0};
      int happened = 0;
      library_.multi_poll(multi_, &wake, interrupt != nullptr ? 1 : 0, 1'000, &happened);
      if (happened == 0 && !exchange.answering && request.waiting) request.waiting();
    }
    int left = 0;
    while (const CURLMsg* message = library_.multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE && result) result = message->data.result;
    }
    library_.multi_remove_handle(multi_, easy_);
    return result;
  }

  Error error_of(CURLcode code, const Request& request, const Exchange& exchange, const char* detail) const {
    const std::string host = host_of(request.url);
    if (exchange.too_long) {
      return Error{ErrorClass::unknown_outcome, fmt::format("The answer of {} is too long to be right.", host)};
    }
    // What was sent: curl says "unsupported protocol" of an answer that is not HTTP, too.
    long sent = 0;
    library_.easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);
    if (sent > 0 && (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)) {
      return Error{ErrorClass::unknown_outcome, fmt::format("{} answered something that is not HTTP.", host),
                   "Check the endpoint and its port, and whether it is https."};
    }
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
      return Error{ErrorClass::invalid, fmt::format("'{}' is not a URL that can be asked.", request.url),
                   "An endpoint reads like https://ec2.us-east-1.amazonaws.com."};
    }
    // Nothing of the request has left this machine while its size is 0.
    const auto kind = sent == 0 ? ErrorClass::unavailable : ErrorClass::unknown_outcome;
    if (sent > 0 && code == CURLE_OPERATION_TIMEDOUT && !exchange.answering) {
      return Error{ErrorClass::unknown_outcome,
                   fmt::format("{} did not answer within {}.", host, human_duration(request.timeout)),
                   "Check the network and the endpoint, and try again.", code_name(code), detail};
    }
    const Explanation explanation = explain(code);
    const char* what = explanation.what != nullptr ? explanation.what : library_.easy_strerror(code);
    const auto form = fmt::runtime(sent == 0 ? "{} cannot be reached: {}." : "{} gave no whole answer: {}.");
    return Error{kind, fmt::format(form, host, what), explanation.hint, code_name(code), detail};
  }

  const CurlLibrary& library_;
  CURLM* multi_;
  CURL* easy_;
};

}  // namespace

CurlOptions CurlOptions::of(const Environment& environment, const Interrupt* interrupt) {
  const auto either = [&](const std::string& lower, const std::string& upper) {
    return environment.get_or(lower, environment.get_or(upper, ""));
  };
  const std::string all = either("all_proxy", "ALL_PROXY");
  const auto or_all = [&](const std::string& proxy) { return proxy.empty() ? all : proxy; };
  CurlOptions options;
  options.ca_bundle = environment.get_or("AWS_CA_BUNDLE", "");
  options.http_proxy = or_all(either("http_proxy", "HTTP_PROXY"));
  options.https_proxy = or_all(either("https_proxy", "HTTPS_PROXY"));
  options.no_proxy = either("no_proxy", "NO_PROXY");
  options.interrupt = interrupt;
  return options;
}

/// The library and the lanes that are not in use.
class CurlTransport::Pool {
 public:
  explicit Pool(CurlOptions options) : options_(std::move(options)) {}

  void load_ahead() { ahead_.emplace(); }

  Result<Response> send(const Request& request) {
    if (options_.interrupt != nullptr && options_.interrupt->requested()) return std::unexpected(interrupted());
    const std::string host = host_of(request.url);
    auto lane = take(host, request.url.starts_with("https:"));
    if (!lane) return pass(lane);
    auto response = (*lane)->send(request, options_);
    if (response) {  // a lane that failed may hold a broken connection
      const std::lock_guard lock(mutex_);
      idle_.emplace_back(host, std::move(*lane));
    }
    return response;
  }

 private:
  /// A lane that has a connection to the host, if there is one.
  Result<std::unique_ptr<Lane>> take(const std::string& host, bool with_tls) {
    const std::lock_guard lock(mutex_);
    ahead_.reset();
    if (!library_) {
      auto loaded = CurlLibrary::load(with_tls);
      if (!loaded) return pass(loaded);
      library_ = std::move(*loaded);
    }
    if (idle_.empty()) return std::make_unique<Lane>(*library_);
    auto best = std::ranges::find(idle_, host, &std::pair<std::string, std::unique_ptr<Lane>>::first);
    if (best == idle_.end()) best = std::prev(idle_.end());
    auto lane = std::move(best->second);
    idle_.erase(best);
    return lane;
  }

  CurlOptions options_;
  std::mutex mutex_;
  std::optional<CurlAhead> ahead_;
  std::unique_ptr<const CurlLibrary> library_;                       // outlives the lanes below
  std::vector<std::pair<std::string, std::unique_ptr<Lane>>> idle_;  ///< with the host that each was last used for
};

CurlTransport::CurlTransport(CurlOptions options) : pool_(std::make_unique<Pool>(std::move(options))) {}
CurlTransport::~CurlTransport() = default;
void CurlTransport::load_ahead() { pool_->load_ahead(); }
Result<Response> CurlTransport::send(const Request& request) { return pool_->send(request); }

}  // namespace hotaru::http
