"""What things have cost, against the sim's own bill; and what a stopped one still bills."""
import json
import xml.etree.ElementTree as ElementTree


def test_the_bill_is_the_sims_own_and_a_stopped_instance_says_what_it_bills(own_null_sim):
    sim = own_null_sim
    sim.hotaru("up", "train", "--type", "g4dn.xlarge", "--disk", "100", "--yes", "--no-wait").ok()
    sim.hotaru("stop", "train").ok()
    for shown in (sim.hotaru("ls").ok().err, sim.hotaru("show", "train").ok().out):
        assert "$0.011/h ($8.200 a month)" in shown, shown  # the alarms too
    told = sim.hotaru("cost", "-o", "json").ok().json()["cost"]
    assert told["simulated"] and told["month"]["complete"]
    assert abs(told["usd_per_hour"] - 100 * 0.08 / 730) < 0.001, "alarms come on top"
    compute = [line for line in told["month"]["lines"] if line["kind"] == "compute"]
    assert len(compute) == 1 and compute[0]["name"] == "train"
    exact = json.loads(sim.hotaru("sim", "bill", "-o", "json").ok().out)
    mine = sum(line["usd"] for line in told["month"]["lines"] if line["kind"] == "compute")
    text = json.dumps(exact)
    assert "compute" in text and 0 < mine < 1
    sim.hotaru("down", "train", "--yes").ok()
    after = sim.hotaru("cost", "-o", "json").ok().json()["cost"]
    assert after["usd_per_hour"] == 0 and after["month"]["usd"] >= mine


def test_the_days_are_a_picture_and_tax_is_said(own_null_sim):
    sim = own_null_sim
    assert "Nothing has billed" in sim.hotaru("cost").ok().out
    sim.hotaru("up", "train", "--type", "g4dn.xlarge", "--yes", "--no-wait").ok()
    sim.hotaru("config", "set", "tax", "10").ok()
    file = sim.folder / "days.svg"
    shown = sim.hotaru("cost", "--svg", file).ok().out
    assert "with 10 % tax" in shown and "Before tax" in shown and "simulated" in shown
    ElementTree.parse(file)
    sim.hotaru("down", "train", "--yes").ok()
