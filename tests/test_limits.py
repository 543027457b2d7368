"""Limits on a real instance: what hotaru promised is kept with nothing of hotaru running."""
import json

from support.sim import Sim


def test_selftest_walks_the_whole_path(sandbox: Sim):
    done = sandbox.hotaru("selftest", "--yes", "-o", "json", timeout=400)
    report = done.json()["selftest"]
    assert done.code == 0 and report["ok"], json.dumps(report, indent=1)
    assert report["simulated"]
    seen = [step["what"] for step in report["steps"]]
    assert "its time limit ends it" in seen and "nothing is left" in seen


def test_limits_that_cannot_be_are_said_before_anything_is_launched(null_sim: Sim):
    for words, sentence in ((["--for", "soon"], "is no length of time"),
                            (["--until", "25:00"], "is no time"),
                            (["--budget", "0.3usd"], "not more than its disk bills"),
                            (["--for", "30s"], "would have passed before"),
                            (["--no-limits", "--for", "8h"], "cannot both be"),
                            (["--spot", "--then", "stop", "--for", "8h"], "cannot be stopped")):
        done = null_sim.hotaru("up", "never", "--type", "g4dn.xlarge", "--yes", *words)
        assert done.code == 2 and sentence in done.err, (words, done.err)
    assert not [one for one in null_sim.hotaru("ls", "-o", "json").ok().json()["instances"] if one["name"] == "never"]


def test_the_plan_says_when_it_ends_and_what_that_costs_at_most(null_sim: Sim):
    def plan(*words: str) -> str:
        return null_sim.hotaru("plan", "--type", "g4dn.xlarge", "--region", "us-east-1", *words).ok().out

    assert "stops when idle for 1h" in plan() and "proposed" in plan()
    bounded = plan("--for", "10h", "--then", "terminate")
    assert "terminates at" in bounded and "$5.3" in bounded and "proposed" not in bounded
    assert "bills until you end it" in plan("--no-limits")
    told = json.loads(plan("--for", "10h", "--idle", "30m", "-o", "json"))["plan"]
    assert told["limits"]["idle_s"] == 1800 and not told["limits_proposed"]
    assert abs(told["usd_at_most"] - 10 * told["full_price"]["usd_per_hour"]) < 0.01
    assert json.loads(plan("--no-limits", "-o", "json"))["plan"]["usd_at_most"] is None
    assert "$3.82" in plan("--budget", "5usd"), "a week of the stopped disk is kept back"
    assert "no CloudWatch alarm for its time" in plan("--for", "8d")
