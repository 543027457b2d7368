#include "sim/launching/model.h"

#include "sim/row_json.h"

namespace hotaru::sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ParameterVersion, number, value, type, description, allowed_pattern,
                                                data_type, tier, key_id, user, modified, labels)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(StoredParameter, id, versions, tags)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(SpotRequest, id, type, state, status_code, status_message,
                                                status_updated, created, instance_id, interruption, max_price,
                                                valid_until, launch_group, zone, specification, client_token,
                                                request_digest)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PushedKey, user, key, until)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PushedKeys, id, keys)

HOTARU_ROW(StoredParameter)
HOTARU_ROW(SpotRequest)
HOTARU_ROW(PushedKeys)

}  // namespace hotaru::sim
