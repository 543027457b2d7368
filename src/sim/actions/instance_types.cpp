#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/actions/actions.h"
#include "sim/empty_filters.h"
#include "sim/instances/cpu_options.h"

namespace hotaru::sim::actions {

namespace {

using catalog::InstanceType;

std::vector<std::string> parts(std::string_view joined) { return split(joined, '+'); }

bool is_arm(const InstanceType& type) { return type.arch == "arm64"; }
bool is_burstable(const InstanceType& type) {
  return type.name.starts_with('t') && !type.name.starts_with("t1.") && !type.name.starts_with("trn");
}

/// Those before Nitro: every one in the catalogue has a family's name of these.
bool is_xen(const InstanceType& type) {
  constexpr std::string_view families[] = {"t1.", "t2.", "m1.", "m3.", "m4.", "c4."};
  return std::ranges::any_of(families, [&](std::string_view one) { return type.name.starts_with(one); });
}
const char* hypervisor(const InstanceType& type) { return type.bare_metal ? "" : is_xen(type) ? "xen" : "nitro"; }
const char* nvme_support(const InstanceType& type) { return is_xen(type) ? "unsupported" : "required"; }

/// g5g and t4g have Graviton processors, "a" after the generation means AMD, else Intel: EC2's naming convention.
const char* cpu_manufacturer(const InstanceType& type) {
  if (is_arm(type)) return "AWS";
  const std::string_view family = type.name.substr(0, type.name.find('.'));
  const auto digit = family.find_first_of("0123456789");
  return digit != std::string_view::npos && family.substr(digit + 1).starts_with('a') ? "AMD" : "Intel";
}

/// t1, t2 and m1 have whole cores, not threads.
bool has_whole_cores(const InstanceType& type) {
  return is_arm(type) || type.name.starts_with("t1.") || type.name.starts_with("t2.") || type.name.starts_with("m1.");
}

/// What CpuOptions may ask for; nothing where there are none of them.
Values valid_threads(const InstanceType& type) {
  if (type.bare_metal || (has_whole_cores(type) && !is_arm(type)) || type.name.starts_with("m3.")) return {};
  if (threads_per_core(type) == 1) return Values{std::string("1")};
  return Values{std::string("1"), std::string("2")};
}

/// What EC2 recommends a GPU for: all but those of the P families draw too.
Values workloads(const InstanceType& type) {
  if (type.name.starts_with('p')) return Values{std::string("ml-ai")};
  return Values{std::string("graphics"), std::string("ml-ai")};
}

Values of_storage(const InstanceType& type, std::string_view value) {
  return type.local_nvme_gb > 0 ? Values{std::string(value)} : Values{};
}

/// On what write_type says of every type, or of those with an instance store.
void add_plain_filters(FilterTable<InstanceType>& table) {
  constexpr std::pair<const char*, const char*> same[] = {{"ebs-info.ebs-optimized-support", "default"},
                                                          {"ebs-info.encryption-support", "supported"},
                                                          {"hibernation-supported", "false"},
                                                          {"network-info.encryption-in-transit-supported", "true"},
                                                          {"network-info.ipv4-addresses-per-interface", "15"},
                                                          {"network-info.ipv6-addresses-per-interface", "15"},
                                                          {"network-info.ipv6-supported", "true"},
                                                          {"network-info.maximum-network-cards", "1"},
                                                          {"network-info.maximum-network-interfaces", "4"}};
  for (const auto& [name, value] : same)
    table[name] = [text = std::string(value)](const InstanceType&) { return Values{text}; };
  constexpr std::pair<const char*, const char*> stored[] = {{"instance-storage-info.disk.count", "1"},
                                                            {"instance-storage-info.disk.type", "ssd"},
                                                            {"instance-storage-info.encryption-support", "required"},
                                                            {"instance-storage-info.nvme-support", "required"}};
  for (const auto& [name, value] : stored)
    table[name] = [text = std::string(value)](const InstanceType& one) { return of_storage(one, text); };
  table["instance-storage-info.disk.size-in-gb"] = [](const InstanceType& one) {
    return of_storage(one, std::to_string(one.local_nvme_gb));
  };
  table["dedicated-hosts-supported"] = [](const InstanceType& one) { return truth(!is_burstable(one)); };
  table["ebs-info.nvme-support"] = [](const InstanceType& one) { return Values{std::string(nvme_support(one))}; };
}

/// On what is not told of types here.
void add_untold_filters(FilterTable<InstanceType>& table) {
  add_empty_filters(
      table, {"ebs-info.attachment-limit-type", "ebs-info.maximum-ebs-attachments",
              "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps", "ebs-info.ebs-optimized-info.baseline-iops",
              "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
              "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps", "ebs-info.ebs-optimized-info.maximum-iops",
              "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps", "network-info.bandwidth-weightings",
              "network-info.efa-info.maximum-efa-interfaces", "network-info.flexible-ena-queues-support",
              "nitro-enclaves-support", "nitro-tpm-support", "nitro-tpm-info.supported-versions",
              "processor-info.sustained-clock-speed-in-ghz", "processor-info.supported-features",
              "reboot-migration-support", "vcpu-info.valid-cores"});
}

Values vcpus(const InstanceType& one) { return Values{std::to_string(one.vcpus)}; }
Values memory(const InstanceType& one) { return Values{std::to_string(one.memory_mib)}; }

FilterTable<InstanceType> make_type_filters() {
  FilterTable<InstanceType> table = {
      {"auto-recovery-supported", [](const InstanceType& one) { return truth(one.local_nvme_gb == 0); }},
      {"bare-metal", [](const InstanceType& one) { return truth(one.bare_metal); }},
      {"burstable-performance-supported", [](const InstanceType& one) { return truth(is_burstable(one)); }},
      {"current-generation", [](const InstanceType& one) { return truth(one.current_generation); }},
      {"free-tier-eligible", [](const InstanceType& one) { return truth(one.name == "t3.micro"); }},
      {"hypervisor", [](const InstanceType& one) { return one.bare_metal ? Values{} : Values{hypervisor(one)}; }},
      {"instance-storage-info.total-size-in-gb",
       [](const InstanceType& one) { return Values{std::to_string(one.local_nvme_gb)}; }},
      {"instance-storage-supported", [](const InstanceType& one) { return truth(one.local_nvme_gb > 0); }},
      {"instance-type", [](const InstanceType& one) { return Values{std::string(one.name)}; }},
      {"memory-info.size-in-mib", memory},
      {"network-info.efa-supported", [](const InstanceType& one) { return truth(one.efa); }},
      {"network-info.ena-support", [](const InstanceType& one) { return Values{std::string(one.ena)}; }},
      {"network-info.network-performance", [](const InstanceType& one) { return Values{std::string(one.network)}; }},
      {"processor-info.supported-architecture", [](const InstanceType& one) { return Values{std::string(one.arch)}; }},
      {"supported-boot-mode", [](const InstanceType& one) { return parts(one.boot_modes); }},
      {"supported-root-device-type", [](const InstanceType&) { return Values{std::string("ebs")}; }},
      {"supported-usage-class", [](const InstanceType& one) { return parts(one.usage_classes); }},
      {"supported-virtualization-type", [](const InstanceType& one) { return parts(one.virtualization); }},
      {"vcpu-info.default-cores",
       [](const InstanceType& one) { return Values{std::to_string(one.vcpus / threads_per_core(one))}; }},
      {"vcpu-info.default-threads-per-core",
       [](const InstanceType& one) { return Values{std::to_string(threads_per_core(one))}; }},
      {"vcpu-info.default-vcpus", vcpus},
      {"vcpu-info.valid-threads-per-core", valid_threads},
  };
  add_plain_filters(table);
  add_untold_filters(table);
  return table;
}

const FilterTable<InstanceType>& type_filters() {
  static const FilterTable<InstanceType> table = make_type_filters();
  return table;
}

void write_storage(const InstanceType& type, Xml& item) {
  item.flag("instanceStorageSupported", type.local_nvme_gb > 0);
  if (type.local_nvme_gb == 0) return;
  Xml disk;
  disk.number("sizeInGB", type.local_nvme_gb).number("count", 1).text("type", "ssd");
  item.element("instanceStorageInfo", Xml{}
                                          .number("totalSizeInGB", type.local_nvme_gb)
                                          .element("disks", Xml{}.element("item", disk))
                                          .text("nvmeSupport", "required")
                                          .text("encryptionSupport", "required"));
}

void write_network(const InstanceType& type, Xml& item) {
  Xml card;
  card.number("networkCardIndex", 0).text("networkPerformance", type.network).number("maximumNetworkInterfaces", 4);
  item.element("networkInfo", Xml{}
                                  .text("networkPerformance", type.network)
                                  .number("maximumNetworkInterfaces", 4)
                                  .number("maximumNetworkCards", 1)
                                  .number("defaultNetworkCardIndex", 0)
                                  .element("networkCards", Xml{}.element("item", card))
                                  .number("ipv4AddressesPerInterface", 15)
                                  .number("ipv6AddressesPerInterface", 15)
                                  .flag("ipv6Supported", true)
                                  .text("enaSupport", type.ena)
                                  .flag("efaSupported", type.efa)
                                  .flag("encryptionInTransitSupported", true)
                                  .flag("enaSrdSupported", false));
}

void write_gpus(const InstanceType& type, Xml& item) {
  if (!type.has_gpu()) return;
  const int devices = std::max(type.gpu_count, type.logical_gpu_count);
  Xml gpu;
  gpu.text("name", type.gpu_name)
      .text("manufacturer", type.gpu_manufacturer)
      .number("count", type.gpu_count)
      .number("logicalGpuCount", type.logical_gpu_count)
      .text("gpuPartitionSize", fmt::format("{}", type.gpu_partition))
      .element("memoryInfo", Xml{}.number("sizeInMiB", type.gpu_memory_mib))
      .set_of_texts("workloadSet", "", workloads(type));
  item.element("gpuInfo", Xml{}
                              .element("gpus", Xml{}.element("item", gpu))
                              .number("totalGpuMemoryInMiB", std::int64_t{devices} * type.gpu_memory_mib));
}

void write_type(const InstanceType& type, Xml& item) {
  const int threads = threads_per_core(type);
  item.text("instanceType", type.name)
      .flag("currentGeneration", type.current_generation)
      .flag("freeTierEligible", type.name == "t3.micro")
      .set_of_texts("supportedUsageClasses", "", parts(type.usage_classes))
      .set_of_texts("supportedRootDeviceTypes", "", Values{std::string("ebs")})
      .set_of_texts("supportedVirtualizationTypes", "", parts(type.virtualization))
      .flag("bareMetal", type.bare_metal)
      .text_unless_empty("hypervisor", hypervisor(type))
      .element("processorInfo", Xml{}
                                    .set_of_texts("supportedArchitectures", "", Values{std::string(type.arch)})
                                    .text("manufacturer", cpu_manufacturer(type)))
      .element("vCpuInfo", Xml{}
                               .number("defaultVCpus", type.vcpus)
                               .number("defaultCores", type.vcpus / threads)
                               .number("defaultThreadsPerCore", threads))
      .element("memoryInfo", Xml{}.number("sizeInMiB", type.memory_mib));
  write_storage(type, item);
  item.element("ebsInfo", Xml{}
                              .text("ebsOptimizedSupport", "default")
                              .text("encryptionSupport", "supported")
                              .text("nvmeSupport", nvme_support(type)));
  write_network(type, item);
  write_gpus(type, item);
  item.element("placementGroupInfo", Xml{}.set_of_texts("supportedStrategies", "",
                                                        std::vector<std::string>{"cluster", "partition", "spread"}))
      .flag("hibernationSupported", false)
      .flag("burstablePerformanceSupported", is_burstable(type))
      .flag("dedicatedHostsSupported", !is_burstable(type))
      .flag("autoRecoverySupported", type.local_nvme_gb == 0)
      .set_of_texts("supportedBootModes", "", parts(type.boot_modes));
}

struct Offering {
  std::string type;
  std::string location_type;
  std::string location;
  std::string key() const { return type + "/" + location; }
};

void add_offerings(std::vector<Offering>& all, const Context& context, const InstanceType& type,
                   const std::string& location_type) {
  const std::string name(type.name);
  const auto offering_ids = catalog::zones_offering(context.region, name);
  if (offering_ids.empty()) return;
  if (location_type == "region") {
    all.push_back({name, location_type, context.region});
    return;
  }
  for (const Zone& zone : zones_of(context.region)) {
    if (std::ranges::find(offering_ids, zone.id) == offering_ids.end()) continue;
    all.push_back({name, location_type, location_type == "availability-zone" ? zone.name : zone.id});
  }
}

const FilterTable<Offering>& offering_filters() {
  static const FilterTable<Offering> table = {
      {"instance-type", [](const Offering& one) { return Values{one.type}; }},
      {"location", [](const Offering& one) { return Values{one.location}; }},
  };
  return table;
}

/// EC2 pages these at 100 even when it is not asked to.
constexpr std::int64_t default_page = 100;

std::vector<const InstanceType*> types_by_name() {
  std::vector<const InstanceType*> all;
  for (const InstanceType& type : catalog::types()) all.push_back(&type);
  std::ranges::sort(all, {}, [](const InstanceType* one) { return one->name; });
  return all;
}

}  // namespace

ApiResult<Xml> describe_instance_types(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("InstanceType");
  const bool everywhere = parameters.flag("IncludeUnsupportedInRegion");
  const auto filters = read_filters(parameters, names_of(type_filters()), /*tagged=*/false);
  auto page_request = read_page(parameters, 5, 100);
  if (!names.empty() && page_request.max_results) {
    parameters.refuse("InvalidParameterCombination",
                      "The parameter instanceTypes cannot be used with the parameter maxResults");
  }
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto offered = [&](const InstanceType& type) {
    return everywhere || !catalog::zones_offering(context.region, type.name).empty();
  };
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    const InstanceType* type = catalog::find_type(name);
    if (!type || !offered(*type)) unknown.push_back(name);
  }
  if (!unknown.empty()) {
    return refuse("InvalidInstanceType",
                  fmt::format("The following supplied instance types do not exist: [{}]", join(unknown, ", ")));
  }
  std::vector<const InstanceType*> found;
  for (const InstanceType* type : types_by_name()) {
    if (!names.empty() && std::ranges::find(names, type->name) == names.end()) continue;
    if (offered(*type) && passes(filters, type_filters(), *type, {})) found.push_back(type);
  }
  if (!page_request.max_results) page_request.max_results = default_page;
  const auto page = cut_page(page_request, found, [](const InstanceType& one) { return std::string(one.name); });
  Xml xml;
  xml.set("instanceTypeSet", page.items, [](const InstanceType* one, Xml& item) { write_type(*one, item); });
  page.write_token(xml);
  return xml;
}

ApiResult<Xml> describe_instance_type_offerings(Context& context, const Parameters& parameters) {
  const std::string location_type =
      parameters.one_of("LocationType", {"region", "availability-zone", "availability-zone-id"}, "region");
  const auto filters = read_filters(parameters, names_of(offering_filters()), /*tagged=*/false);
  auto page_request = read_page(parameters, 5, 1000);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  std::vector<Offering> all;
  for (const InstanceType* type : types_by_name()) add_offerings(all, context, *type, location_type);
  std::erase_if(all, [&](const Offering& one) { return !passes(filters, offering_filters(), one, {}); });
  std::ranges::sort(all, {}, &Offering::key);
  std::vector<const Offering*> items;
  for (const Offering& one : all) items.push_back(&one);
  if (!page_request.max_results) page_request.max_results = 1000;
  const auto page = cut_page(page_request, std::move(items), [](const Offering& one) { return one.key(); });
  Xml xml;
  xml.set("instanceTypeOfferingSet", page.items, [](const Offering* one, Xml& item) {
    item.text("instanceType", one->type).text("locationType", one->location_type).text("location", one->location);
  });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
