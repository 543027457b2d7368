#include "sim/cbor.h"

#include <bit>
#include <cmath>

#include "base/json.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

using Json = nlohmann::json;

constexpr int deepest = 16;
constexpr std::uint8_t indefinite = 31;
constexpr std::uint8_t break_byte = 0xff;

/// Reads one item after the other; `ok` is false as soon as something is not CBOR.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Json item(int depth = 0);
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::uint8_t byte() {
    if (at_ >= bytes_.size()) return fail();
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  std::uint8_t fail() {
    ok_ = false;
    return 0;
  }
  bool take_break() {
    const bool found = at_ < bytes_.size() && static_cast<std::uint8_t>(bytes_[at_]) == break_byte;
    if (found) ++at_;
    return found;
  }
  std::uint64_t number(std::uint8_t info);
  std::string chunk(std::uint8_t info);
  std::string text(std::uint8_t major, std::uint8_t info);
  Json array(std::uint8_t info, int depth);
  Json map(std::uint8_t info, int depth);
  Json simple(std::uint8_t info);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::uint64_t Reader::number(std::uint8_t info) {
  if (info < 24) return info;
  if (info > 27) return fail();
  std::uint64_t value = 0;
  for (int left = 1 << (info - 24); left > 0; --left) value = value << 8U | byte();
  return value;
}

std::string Reader::chunk(std::uint8_t info) {
  const std::uint64_t size = number(info);
  if (!ok_ || size > bytes_.size() - at_) {
    fail();
    return "";
  }
  const std::string_view found = bytes_.substr(at_, size);
  at_ += size;
  return std::string(found);
}

std::string Reader::text(std::uint8_t major, std::uint8_t info) {
  if (info != indefinite) return chunk(info);
  std::string all;
  while (ok_ && !take_break()) {
    const std::uint8_t head = byte();
    if (head >> 5U != major || (head & 31U) == indefinite) fail();
    if (ok_) all += chunk(head & 31U);
  }
  return all;
}

Json Reader::array(std::uint8_t info, int depth) {
  Json items = Json::array();
  const std::uint64_t size = info == indefinite ? 0 : number(info);
  for (std::uint64_t count = 0; ok_ && (info == indefinite ? !take_break() : count < size); ++count)
    items.push_back(item(depth + 1));
  return items;
}

Json Reader::map(std::uint8_t info, int depth) {
  Json members = Json::object();
  const std::uint64_t size = info == indefinite ? 0 : number(info);
  for (std::uint64_t count = 0; ok_ && (info == indefinite ? !take_break() : count < size); ++count) {
    const Json name = item(depth + 1);
    if (!name.is_string()) fail();
    if (ok_) members[name.get<std::string>()] = item(depth + 1);
  }
  return members;
}

/// RFC 8949, appendix D: a half has 5 bits of exponent and 10 of fraction.
double half(std::uint64_t bits) {
  const auto exponent = static_cast<int>(bits >> 10U & 31U);
  const auto fraction = static_cast<double>(bits & 1023U);
  double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  if (exponent == 31) value = fraction == 0 ? INFINITY : NAN;
  return (bits & 0x8000U) != 0 ? -value : value;
}

Json Reader::simple(std::uint8_t info) {
  if (info == 20 || info == 21) return info == 21;
  if (info == 22 || info == 23) return nullptr;
  if (info < 25 || info > 27) {
    fail();
    return nullptr;
  }
  const std::uint64_t bits = number(info);
  if (info == 25) return half(bits);
  if (info == 26) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return std::bit_cast<double>(bits);
}

Json Reader::item(int depth) {
  if (depth > deepest) fail();
  const std::uint8_t head = byte();
  if (!ok_) return nullptr;
  const std::uint8_t major = head >> 5U;
  const std::uint8_t info = head & 31U;
  switch (major) {
    case 0:
      return number(info);
    case 1: {
      const std::uint64_t value = number(info);
      if (value > static_cast<std::uint64_t>(INT64_MAX)) fail();
      return ok_ ? Json(-1 - static_cast<std::int64_t>(value)) : Json();
    }
    case 2:
    case 3:
      return text(major, info);
    case 4:
      return array(info, depth);
    case 5:
      return map(info, depth);
    case 6:
      number(info);
      return item(depth + 1);
    default:
      return simple(info);
  }
}

void write_head(std::string& out, std::uint8_t major, std::size_t size) {
  // In eight bytes, which hold every size.
  out.push_back(static_cast<char>(major << 5U | 27U));
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> static_cast<unsigned>(shift)));
}

void write(std::string& out, const Json& value) {
  if (value.is_object()) {
    write_head(out, 5, value.size());
    for (const auto& [name, member] : value.items()) {
      Json::to_cbor(Json(name), out);
      if (name.ends_with("Timestamp") && member.is_number()) out.push_back(static_cast<char>(0xc1));
      write(out, member);
    }
  } else if (value.is_array()) {
    write_head(out, 4, value.size());
    for (const Json& one : value) write(out, one);
  } else {
    Json::to_cbor(value, out);
  }
}

}  // namespace

bool speaks_cbor(const http::ServerRequest& request) {
  return http::header(request.headers, "smithy-protocol") == "rpc-v2-cbor";
}

std::string cbor_operation(const http::ServerRequest& request, std::string_view service) {
  const auto parts = split(request.path, '/');
  const bool right = parts.size() == 5 && parts[1] == "service" && parts[2] == service && parts[3] == "operation";
  return right ? parts[4] : "";
}

std::optional<std::string> json_of_cbor(std::string_view bytes) {
  if (bytes.empty()) return "{}";
  Reader reader(bytes);
  const Json value = reader.item();
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string cbor_of_json(const std::string& json) {
  std::string out;
  write(out, Json::parse(json, nullptr, false));
  return out;
}

http::Response as_cbor(http::Response response) {
  for (auto& [name, value] : response.headers) {
    if (name != "Content-Type" || !value.starts_with("application/x-amz-json")) continue;
    value = "application/cbor";
    response.body = cbor_of_json(response.body);
    response.headers.emplace_back("smithy-protocol", "rpc-v2-cbor");
    break;
  }
  return response;
}

}  // namespace hotaru::sim
