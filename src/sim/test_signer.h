#pragma once

#include <string>

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "http/server.h"

namespace hotaru::sim {

/// Signs as AWS's documentation shows it, for requests to "/" without a query; what is verified is written elsewhere.
struct TestSigner {
  std::string key_id = "AKIDEXAMPLE";
  std::string secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  std::string region = "us-east-1";
  std::string service = "ec2";

  http::ServerRequest post(const std::string& body, TimePoint at) const {
    const std::string date = iso8601_compact(at);
    const std::string scope = date.substr(0, 8) + "/" + region + "/" + service + "/aws4_request";
    const std::string canonical =
        "POST\n/\n\nhost:sim.example\nx-amz-date:" + date + "\n\nhost;x-amz-date\n" + hex_encode(sha256(body));
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hex_encode(sha256(canonical));
    std::string key = hmac_sha256("AWS4" + secret, date.substr(0, 8));
    key = hmac_sha256(hmac_sha256(hmac_sha256(key, region), service), "aws4_request");
    return {
        "POST",
        "/",
        "",
        {{"Host", "sim.example"},
         {"X-Amz-Date", date},
         {"Authorization", "AWS4-HMAC-SHA256 Credential=" + key_id + "/" + scope +
                               ", SignedHeaders=host;x-amz-date, Signature=" + hex_encode(hmac_sha256(key, to_sign))}},
        body,
        "127.0.0.1"};
  }
};

}  // namespace hotaru::sim
