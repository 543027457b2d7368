"""`hotaru price --history` on a sim, beside what the AWS CLI is told."""
import json


def test_the_history_is_the_one_that_the_aws_cli_sees(null_sim):
    told = null_sim.hotaru("price", "g5.xlarge", "--history", "2d", "--region", "us-east-1", "-o", "json").ok().json()
    assert told["errors"] == [] and told["history"]
    seen = json.loads(null_sim.aws("ec2", "describe-spot-price-history", "--instance-types", "g5.xlarge",
                                   "--product-descriptions", "Linux/UNIX").ok().out)["SpotPriceHistory"]
    latest = {}
    for one in sorted(seen, key=lambda one: one["Timestamp"]):
        latest[one["AvailabilityZone"]] = float(one["SpotPrice"])
    assert {zone["zone"]: zone["now"] for zone in told["history"]} == latest
    for zone in told["history"]:
        assert zone["lowest"] <= zone["mean"] <= zone["highest"]
        times = [step["since"] for step in zone["steps"]]
        assert times == sorted(times)


def test_a_picture_is_written_and_a_pipe_gets_a_table_alone(null_sim):
    picture = null_sim.folder / "prices.svg"
    told = null_sim.hotaru("price", "g5.xlarge", "--history", "30d", "--region", "us-east-1", "--svg", picture).ok()
    assert told.out.startswith("ZONE ") and "⠀" not in told.out
    assert "simulated" in told.err
    assert picture.read_text().startswith("<svg ") and "(simulated)" in picture.read_text()
