#include "aws/ec2.h"
#include "aws/xml.h"

namespace hotaru::aws {

Result<std::vector<Volume>> Ec2::describe_volumes(const Filters& filters) {
  Call call = call_of("DescribeVolumes", {}, true);
  add_filters(call.parameters, filters);
  call.parameters.emplace_back("MaxResults", "500");
  std::vector<Volume> volumes;
  auto asked = ask_all_pages(*client_, call, [&](pugi::xml_node root) {
    for (const auto item : root.child("volumeSet").children("item")) {
      const auto attachment = item.child("attachmentSet").child("item");
      volumes.push_back({.id = text_of(item, "volumeId"),
                         .type = text_of(item, "volumeType"),
                         .state = text_of(item, "status"),
                         .create_time = text_of(item, "createTime"),
                         .instance_id = text_of(attachment, "instanceId"),
                         .size_gib = number_of(item, "size"),
                         .iops = number_of(item, "iops"),
                         .throughput = number_of(item, "throughput"),
                         .tags = tags_of(item)});
    }
  });
  if (!asked) return pass(asked);
  return volumes;
}

}  // namespace hotaru::aws
