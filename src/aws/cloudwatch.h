#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"
#include "aws/ec2.h"
#include "base/result.h"

/// CloudWatch's alarms: EC2 itself ends an instance by them, with nothing of ours running anywhere.
namespace hotaru::aws {

/// An alarm on a metric of one instance, in AWS/EC2.
struct Alarm {
  std::string name;  ///< unique in account and region; putting one of that name again changes it
  std::string description;
  std::string metric;     ///< "StatusCheckFailed", "CPUUtilization"
  std::string statistic;  ///< "Maximum", "SampleCount"
  std::string instance_id;
  int period_s = 60;  ///< 60 or a multiple of it; periods together: a day at most, seven of 3600 s and more
  int periods = 1;    ///< so many in a row must have `threshold` or more; what is missing counts as less
  double threshold = 1;
  std::string action;  ///< an ARN: "arn:aws:automate:us-east-1:ec2:stop"
  Tags tags;           ///< only of a new alarm
};

/// The action by which EC2 stops ("stop") or terminates ("terminate") the alarm's instance.
std::string alarm_action(const std::string& region, const std::string& what);

Result<void> put_alarm(Client& client, const std::string& region, const Alarm& alarm);
/// Those that are there, by name; state "OK", "ALARM" or "INSUFFICIENT_DATA".
struct AlarmState {
  std::string name;
  std::string state;
  std::string instance_id;           ///< of its metric; "" if it is of none
  std::optional<TimePoint> changed;  ///< when it was last put
};
Result<std::vector<AlarmState>> describe_alarms(Client& client, const std::string& region, const std::string& prefix);
/// One that is not there (any more) counts as deleted.
Result<void> delete_alarms(Client& client, const std::string& region, const std::vector<std::string>& names);

}  // namespace hotaru::aws
