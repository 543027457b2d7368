#include "http/curl_library.h"

#include <dlfcn.h>

#include <cstdlib>

namespace hotaru::http {

namespace {

/// GnuTLS sets itself up as soon as it is loaded, unless this variable says that its user will (gnutls_global_init(3)).
/// Debian's libcurl over OpenSSL loads it for rtmp alone, which we never speak; libcurl over GnuTLS sets it up by
/// itself.
constexpr const char* no_gnutls_setup = "GNUTLS_NO_IMPLICIT_INIT";

/// Debian and Ubuntu ship a second build of the same interface over GnuTLS; either will do.
void* open_library() {
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    if (void* handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL)) return handle;
  }
  return nullptr;
}

template <class Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

}  // namespace

Result<std::unique_ptr<const CurlLibrary>> CurlLibrary::load(bool with_tls) {
  void* handle = open_library();
  if (handle == nullptr) {
    return fail(ErrorClass::unsupported, "libcurl is not installed, and hotaru needs it to reach AWS.",
                "Install it: 'apt install libcurl4' (Debian, Ubuntu) or 'dnf install libcurl' (Fedora, Amazon Linux).");
  }
  auto library = std::make_unique<CurlLibrary>();
  const bool complete =
      find(handle, "curl_global_init", library->global_init) && find(handle, "curl_easy_init", library->easy_init) &&
      find(handle, "curl_easy_cleanup", library->easy_cleanup) &&
      find(handle, "curl_easy_reset", library->easy_reset) && find(handle, "curl_easy_setopt", library->easy_setopt) &&
      find(handle, "curl_easy_getinfo", library->easy_getinfo) &&
      find(handle, "curl_easy_strerror", library->easy_strerror) &&
      find(handle, "curl_slist_append", library->slist_append) &&
      find(handle, "curl_slist_free_all", library->slist_free_all) &&
      find(handle, "curl_multi_init", library->multi_init) &&
      find(handle, "curl_multi_cleanup", library->multi_cleanup) &&
      find(handle, "curl_multi_add_handle", library->multi_add_handle) &&
      find(handle, "curl_multi_remove_handle", library->multi_remove_handle) &&
      find(handle, "curl_multi_perform", library->multi_perform) &&
      find(handle, "curl_multi_poll", library->multi_poll) &&
      find(handle, "curl_multi_info_read", library->multi_info_read);
  if (!complete) {
    return fail(ErrorClass::unsupported, "The libcurl of this machine is too old.", "Version 7.66 or newer is needed.");
  }
  if (library->global_init(with_tls ? CURL_GLOBAL_SSL : CURL_GLOBAL_NOTHING) != CURLE_OK) {
    return fail(ErrorClass::unsupported, "libcurl could not be initialised.");
  }
  return library;
}

// The variable is changed by the thread that owns this, and programs that we start later do not inherit it.
CurlAhead::CurlAhead() : variable_is_ours_(::getenv(no_gnutls_setup) == nullptr) {
  if (variable_is_ours_) ::setenv(no_gnutls_setup, "1", 0);
  loading_ = std::jthread([] { (void)open_library(); });
}

CurlAhead::~CurlAhead() {
  loading_.join();
  if (variable_is_ours_) ::unsetenv(no_gnutls_setup);
}

}  // namespace hotaru::http
