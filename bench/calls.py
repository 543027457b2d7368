"""API calls of one `up` … `down`, polling included, ended verified and with nothing left."""
from support.programs import HOTARU
from support.sim import Sim

from .measure import wall
from .proxy import Proxy, actions
from .row import Row

# Counted by hand with the same proxy: SkyPilot 37 first and 27 later; aws-bootstrap-g4dn 14 and 11 with instant boots.
OTHERS = {"first": "SkyPilot 37, aws-bootstrap-g4dn 14", "later": "SkyPilot 27, aws-bootstrap-g4dn 11"}
LIMITS = {"first": 14, "later": 11}  # with CloudWatch's alarms: at most two more than without


def measure(folder) -> list[Row]:
    sim = Sim("sandbox", folder)
    proxy = Proxy(sim.aws_env["AWS_ENDPOINT_URL"])
    rows = []
    try:
        env = {**sim.aws_env, "AWS_ENDPOINT_URL": proxy.endpoint}
        for when in ("first", "later"):
            wall([HOTARU, "up", f"calls-{when}", "--type", "g4dn.xlarge", "--yes"], env)
            up = proxy.take()
            wall([HOTARU, "down", f"calls-{when}", "--yes"], env)
            down = proxy.take()
            rows.append(Row(f"API calls of up … down, {when} in a region", OTHERS[when], f"at most {LIMITS[when]}",
                            len(up) + len(down), LIMITS[when], unit="calls",
                            details={"up": actions(up), "down": actions(down)}))
    finally:
        proxy.close()
        sim.close().ok()
    return rows
