#include "lifecycle/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/endpoints.h"
#include "aws/permissions.h"
#include "base/text.h"
#include "lifecycle/choose.h"
#include "market/quotas.h"

namespace hotaru::lifecycle {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// A type that every account may run some of, and one with a GPU.
constexpr const char* small_type = "t3.micro";
constexpr const char* gpu_type = "g4dn.xlarge";

Finding bad(std::string what, const Error& error) {
  return {std::move(what), Health::bad, error.message, error.hint, error.kind};
}

/// What hotaru does to EC2, with resources that do not exist.
struct Deed {
  const char* action;
  Parameters parameters;
};
std::vector<Deed> deeds() {
  const std::string none = "i-00000000000000000";
  return {{"CreateSecurityGroup",
           {{"GroupName", "hotaru-doctor"}, {"GroupDescription", "never made"}, {"VpcId", "vpc-00000000000000000"}}},
          {"AuthorizeSecurityGroupIngress",
           {{"GroupId", "sg-00000000000000000"},
            {"IpPermissions.1.IpProtocol", "tcp"},
            {"IpPermissions.1.FromPort", "22"},
            {"IpPermissions.1.ToPort", "22"},
            {"IpPermissions.1.IpRanges.1.CidrIp", "198.51.100.7/32"}}},
          {"DeleteSecurityGroup", {{"GroupId", "sg-00000000000000000"}}},
          {"DeleteKeyPair", {{"KeyName", "hotaru-doctor"}}},
          {"CreateTags", {{"ResourceId.1", none}, {"Tag.1.Key", "hotaru:name"}, {"Tag.1.Value", "doctor"}}},
          {"StartInstances", {{"InstanceId.1", none}}},
          {"StopInstances", {{"InstanceId.1", none}}},
          {"TerminateInstances", {{"InstanceId.1", none}}}};
}

class Examination {
 public:
  Examination(Context& context, std::string region, const std::function<void(const Finding&)>& tell)
      : context_(context), region_(std::move(region)), tell_(tell) {}

  Result<void> run() {
    look("identity", "Asking who you are", &Examination::identity);
    look("clock", "Comparing clocks", &Examination::clock);
    look("region", "Asking for the region", &Examination::region);
    if (stop_) return ended();  // without an identity, or in a closed region, nothing else has an answer
    look("network", "Looking for the default VPC", &Examination::network);
    look("launch", "Asking whether you may launch", &Examination::launches);
    look("permissions", "Asking what else you may do", &Examination::permissions);
    look("gpu", "Asking whether you may launch GPU types", &Examination::gpu_types);
    look("quota", "Asking for quotas", &Examination::quota);
    look("spot", "Asking whether you may launch spot instances", &Examination::spot);
    return ended();
  }

 private:
  /// A region that is closed to the account does not know its keys, and cannot say so: another one is asked.
  std::string home() const { return aws::in_another_partition(region_) ? region_ : "us-east-1"; }
  void look(const char* what, const char* doing, void (Examination::*part)()) {
    if (interrupted_) return;
    what_ = what;
    context_.progress({what, doing});
    (this->*part)();
  }
  Result<void> ended() const { return interrupted_ ? fail(ErrorClass::interrupted, "Interrupted.") : Result<void>{}; }
  void good(const std::string& seen) { tell_({what_, Health::good, seen}); }
  void warn(const std::string& seen, const std::string& todo) { tell_({what_, Health::warning, seen, todo}); }
  void not_known(const Error& error) {
    interrupted_ = interrupted_ || error.kind == ErrorClass::interrupted;
    if (!interrupted_) tell_({what_, Health::unknown, "not known: " + error.message, error.hint});
  }
  void wrong(const Error& error) {
    interrupted_ = interrupted_ || error.kind == ErrorClass::interrupted;
    if (!interrupted_) tell_(bad(what_, error));
  }

  void identity() {
    const auto who = aws::caller_identity(context_.client, home());
    if (who) return good(fmt::format("you are {}, in account {}", who->arn, who->account));
    stop_ = who.error().kind == ErrorClass::unauthorized || who.error().kind == ErrorClass::unavailable;
    wrong(who.error());
  }

  void clock() {
    http::Request request;
    request.method = "GET";
    request.url = aws::ping_url(context_.client.settings(), region_);
    request.timeout = Duration{5'000};
    const auto response = context_.transport.send(request);
    if (!response) return not_known(response.error());
    const auto theirs = parse_http_date(http::header(response->headers, "Date"));
    if (!theirs) return not_known({ErrorClass::unavailable, "the endpoint tells no time"});
    const Duration apart = context_.clock.now() - *theirs;
    const Duration size = apart < Duration{0} ? -apart : apart;
    // A signature of more than five minutes ago, or to come, is refused (Signature Version 4).
    if (size < std::chrono::minutes(1)) return good("this machine's clock agrees with EC2's");
    warn(fmt::format("this machine's clock is {} {} EC2's", human_duration(size),
                     apart > Duration{0} ? "ahead of" : "behind"),
         "hotaru allows for it, other AWS tools do not: set the clock (timedatectl set-ntp true).");
  }

  void region() {
    if (const auto real = check_region(context_, region_); !real) {
      stop_ = true;
      return wrong(real.error());
    }
    auto regions = context_.ec2(home()).describe_regions(true);
    if (!regions) {
      stop_ = true;
      return wrong(regions.error());
    }
    const auto found = std::ranges::find(*regions, region_, &aws::RegionInfo::name);
    if (found == regions->end() || found->opt_in_status != "not-opted-in")
      return good(region_ + " is open to the account");
    stop_ = true;
    wrong({ErrorClass::unauthorized, region_ + " is not enabled for the account.",
           fmt::format("Have it enabled (aws account enable-region --region-name {}; it takes some minutes), or take "
                       "another: hotaru config set region us-east-1",
                       region_)});
  }

  void network() {
    const auto subnet = choose_subnet(context_, {}, region_, small_type);
    if (!subnet) return wrong(subnet.error());
    subnet_ = *subnet;
    good("there is a default VPC, " + subnet_.vpc_id);
  }

  Result<void> ask_to_launch(const char* type, bool spot) {
    auto image = choose_image(context_, region_, "ubuntu", "x86_64");
    if (!image) return pass(image);
    aws::RunInstances run;
    run.image_id = image->id;
    run.instance_type = type;
    run.subnet_id = subnet_.id;
    run.spot = spot;
    run.tags = {{"hotaru:name", "doctor"}};
    run.dry_run = true;
    auto may = context_.ec2(region_).run_instance(run);
    if (!may) return pass(may);
    return {};
  }

  void launches() {
    const auto may = ask_to_launch(small_type, false);
    if (!may) return wrong(explained(may.error()));
    good("you may launch instances (RunInstances with DryRun)");
  }

  /// What the refusal itself does not say: whether a policy denies it.
  Error explained(Error error) {
    const std::string encoded = aws::encoded_message(error);
    const bool by_organization = error.message.find("service control policy") != std::string::npos;
    if (by_organization)
      error.hint = "Your organization forbids it (a service control policy): who administers it can allow it.";
    if (encoded.empty() || by_organization) return error;
    const auto refused = aws::decode_refusal(context_.client, region_, encoded);
    if (!refused) return error;  // that needs a permission of its own
    error.hint = refused->explicit_deny
                     ? "A policy denies it: one of the identity's own, or a service control policy of the organization"
                     : "No policy of the identity allows it: who administers the account can attach one";
    if (!refused->policies.empty()) error.hint += " (" + join(refused->policies, ", ") + ")";
    return error;
  }

  void permissions() {
    std::vector<std::string> missing;
    Error first;
    for (const Deed& deed : deeds()) {
      const auto may = aws::may_call(context_.client, region_, deed.action, deed.parameters);
      if (may) continue;
      if (may.error().kind == ErrorClass::interrupted) return wrong(may.error());
      if (may.error().kind != ErrorClass::unauthorized) continue;  // it was looked at after the permission
      if (missing.empty()) first = may.error();
      missing.push_back(std::string("ec2:") + deed.action);
    }
    if (missing.empty()) return good("you may make, tag and end what hotaru makes (eight actions with DryRun)");
    Error error = explained(first);
    error.message = "not permitted: " + join(missing, ", ");
    wrong(error);
  }

  void gpu_types() {
    const auto may = ask_to_launch(gpu_type, false);
    if (may) return good(fmt::format("a {} may be launched, as far as permissions go", gpu_type));
    if (may.error().message.find("Free Tier") != std::string::npos)
      return wrong({ErrorClass::unauthorized, "The account is on the free plan, which has no GPU types.",
                    "Upgrade it to the paid plan (Billing and Cost Management in the console)."});
    wrong(explained(may.error()));
  }

  void quota() {
    const auto states = market::quotas(context_.client, region_);
    if (!states) return not_known(states.error());
    for (const market::QuotaState& state : *states) {
      if (state.family != "g" || state.spot) continue;
      const double left = state.limit - state.used;
      const std::string seen = fmt::format("{:.10g} of {:.10g} vCPUs of the G family (T4, A10G, L4 …) are free in {}",
                                           std::max(left, 0.0), state.limit, region_);
      if (left >= 4) return good(seen);
      return wrong({ErrorClass::quota, seen + ".",
                    fmt::format("Ask AWS for more: hotaru quota request {} --region {}; or look elsewhere: hotaru "
                                "quota --all-regions",
                                gpu_type, region_)});
    }
    not_known({ErrorClass::unavailable, "Service Quotas names no quota of the G family in " + region_});
  }

  void spot() {
    const auto may = ask_to_launch(gpu_type, true);
    if (may) return good("you may launch spot instances");
    warn(explained(may.error()).message, may.error().hint);
  }

  Context& context_;
  std::string region_;
  const std::function<void(const Finding&)>& tell_;
  std::string what_;
  SubnetChoice subnet_;
  bool stop_ = false;
  bool interrupted_ = false;
};

}  // namespace

Result<void> examine(Context& context, const std::string& region, const std::function<void(const Finding&)>& tell) {
  return Examination(context, region, tell).run();
}

}  // namespace hotaru::lifecycle
