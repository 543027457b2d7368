#include "sim/iam/managed.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

struct Known {
  const char* path;
  const char* name;
  const char* actions;  ///< that it allows on everything, between spaces
};

// Names and paths are AWS's (AWS Managed Policy Reference); what they allow is cut down to services.
constexpr Known known[] = {
    {"/", "AdministratorAccess", "*"},
    {"/", "AmazonEC2ContainerRegistryFullAccess", "ecr:*"},
    {"/", "AmazonEC2ContainerRegistryPowerUser", "ecr:*"},
    {"/", "AmazonEC2ContainerRegistryReadOnly", "ecr:Get* ecr:Describe* ecr:List* ecr:Batch*"},
    {"/", "AmazonEC2FullAccess", "ec2:* elasticloadbalancing:* cloudwatch:* autoscaling:* iam:CreateServiceLinkedRole"},
    {"/", "AmazonEC2ReadOnlyAccess", "ec2:Describe* ec2:Get* cloudwatch:Describe* cloudwatch:List* cloudwatch:Get*"},
    {"/", "AmazonEKSClusterPolicy", "ec2:* eks:*"},
    {"/", "AmazonEKSWorkerNodePolicy", "ec2:Describe* eks:Describe*"},
    {"/", "AmazonEKS_CNI_Policy", "ec2:*"},
    {"/", "AmazonElasticFileSystemFullAccess", "elasticfilesystem:* ec2:*"},
    {"/", "AmazonFSxFullAccess", "fsx:* ec2:Describe*"},
    {"/", "AmazonRoute53FullAccess", "route53:*"},
    {"/", "AmazonS3FullAccess", "s3:* s3-object-lambda:*"},
    {"/", "AmazonS3ReadOnlyAccess", "s3:Get* s3:List* s3:Describe*"},
    {"/", "AmazonSSMFullAccess", "ssm:* ec2:DescribeInstanceStatus cloudwatch:PutMetricData"},
    {"/", "AmazonSSMManagedInstanceCore", "ssm:* ssmmessages:* ec2messages:*"},
    {"/", "AmazonSSMPatchAssociation", "ssm:DescribeEffectivePatchesForPatchBaseline ssm:GetPatchBaseline"},
    {"/", "AmazonSSMReadOnlyAccess", "ssm:Describe* ssm:Get* ssm:List*"},
    {"/", "AmazonVPCFullAccess", "ec2:*"},
    {"/", "AmazonVPCReadOnlyAccess", "ec2:Describe* ec2:Get*"},
    {"/", "AWSCloudFormationFullAccess", "cloudformation:*"},
    {"/", "AWSPriceListServiceFullAccess", "pricing:*"},
    {"/", "CloudWatchAgentAdminPolicy", "cloudwatch:PutMetricData ec2:DescribeTags logs:* ssm:*"},
    {"/", "CloudWatchAgentServerPolicy",
     "cloudwatch:PutMetricData ec2:DescribeVolumes ec2:DescribeTags logs:* ssm:GetParameter"},
    {"/", "CloudWatchFullAccess", "cloudwatch:* logs:* sns:*"},
    {"/", "CloudWatchLogsFullAccess", "logs:* cloudwatch:GenerateQuery"},
    {"/", "CloudWatchReadOnlyAccess", "cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* logs:Get*"},
    {"/", "EC2InstanceConnect", "ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances"},
    {"/", "ElasticLoadBalancingFullAccess", "elasticloadbalancing:* ec2:Describe*"},
    {"/", "IAMFullAccess", "iam:* organizations:Describe* organizations:List*"},
    {"/", "IAMReadOnlyAccess", "iam:Generate* iam:Get* iam:List* iam:Simulate*"},
    {"/", "PowerUserAccess", "ec2:* s3:* ssm:* sts:* cloudwatch:* servicequotas:* pricing:* logs:* iam:ListRoles"},
    {"/", "ReadOnlyAccess",
     "ec2:Describe* ec2:Get* iam:Get* iam:List* s3:Get* s3:List* ssm:Describe* ssm:Get* ssm:List* cloudwatch:Describe* "
     "cloudwatch:Get* cloudwatch:List* servicequotas:Get* servicequotas:List* pricing:*"},
    {"/", "SecurityAudit", "ec2:Describe* ec2:Get* iam:Get* iam:List* s3:List* cloudwatch:Describe*"},
    {"/", "ServiceQuotasFullAccess", "servicequotas:*"},
    {"/", "ServiceQuotasReadOnlyAccess", "servicequotas:Get* servicequotas:List*"},
    {"/job-function/", "ViewOnlyAccess", "ec2:Describe* iam:List* iam:Get* s3:List* cloudwatch:Describe*"},
    {"/service-role/", "AmazonEC2RoleforSSM", "ssm:* ssmmessages:* ec2messages:* cloudwatch:PutMetricData s3:*"},
    {"/service-role/", "AmazonEC2SpotFleetTaggingRole",
     "ec2:RunInstances ec2:Describe* ec2:CreateTags ec2:TerminateInstances ec2:RequestSpotInstances"},
    {"/service-role/", "AWSLambdaBasicExecutionRole", "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"},
};

std::string document_allowing(const std::vector<std::string>& actions) {
  std::vector<std::string> quoted;
  for (const std::string& action : actions) quoted.push_back("\"" + action + "\"");
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}})",
                     join(quoted, ","));
}

AwsPolicy made(const Known& one) {
  const std::string name = one.name;
  std::string id = "ANPA";
  for (const char byte : sha256(name).substr(0, 17))
    id += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[static_cast<unsigned char>(byte) % 32];
  return {fmt::format("arn:aws:iam::aws:policy{}{}", one.path, name), name, one.path, id,
          document_allowing(split(one.actions, ' '))};
}

}  // namespace

const std::vector<AwsPolicy>& aws_policies() {
  static const std::vector<AwsPolicy> all = [] {
    std::vector<AwsPolicy> policies;
    for (const Known& one : known) policies.push_back(made(one));
    std::ranges::sort(policies, {}, &AwsPolicy::arn);
    return policies;
  }();
  return all;
}

const AwsPolicy* find_aws_policy(const std::string& arn) {
  const auto found = std::ranges::find(aws_policies(), arn, &AwsPolicy::arn);
  return found == aws_policies().end() ? nullptr : &*found;
}

const PolicyVersion& default_version(const ManagedPolicy& policy) {
  const auto found = std::ranges::find(policy.versions, policy.default_version, &PolicyVersion::number);
  return found == policy.versions.end() ? policy.versions.back() : *found;
}

std::string policy_document(const RegionState& global, const std::string& arn) {
  if (const AwsPolicy* known_one = find_aws_policy(arn)) return known_one->document;
  const ManagedPolicy* own = global.policies.find(arn);
  return own ? default_version(*own).document : "";
}

}  // namespace hotaru::sim
