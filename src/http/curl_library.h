#pragma once

#define CURL_DISABLE_TYPECHECK  // its macros would call the functions by name, and so link them
#include <curl/curl.h>

#include <memory>
#include <thread>

#include "base/result.h"

namespace hotaru::http {

/// The functions of libcurl that we call, found at run time. It stays loaded until the process ends: unloading OpenSSL
/// is not safe.
struct CurlLibrary {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_cleanup) multi_cleanup;
  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_info_read) multi_info_read;

  /// `with_tls`: whether the first request needs TLS; OpenSSL initialises itself if it is needed later.
  static Result<std::unique_ptr<const CurlLibrary>> load(bool with_tls);
};

/// Loads libcurl in another thread, so that CurlLibrary::load finds it there. The destructor waits for it.
class CurlAhead {
 public:
  CurlAhead();
  ~CurlAhead();
  CurlAhead(const CurlAhead&) = delete;
  CurlAhead& operator=(const CurlAhead&) = delete;

 private:
  bool variable_is_ours_;
  std::jthread loading_;
};

}  // namespace hotaru::http
