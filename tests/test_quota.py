"""Quotas of a new account: seen, asked for, decided; on a sim, with what the AWS CLI says beside it."""
import json

import pytest

NEW_ACCOUNT = """
account: new
quotas:
  - {family: g, vcpus: 8, region: us-east-1}
quota_requests:
  - {family: g, region: us-east-1, market: spot, decides: approved}
  - {family: p, region: us-east-1, decides: case_closed}
"""


@pytest.fixture
def account(own_null_sim):
    file = own_null_sim.folder / "scenario.yaml"
    file.write_text(NEW_ACCOUNT)
    own_null_sim.hotaru("sim", "scenario", "load", file).ok()
    return own_null_sim


def quotas(sim, *words) -> dict[tuple[str, str, str], dict]:
    told = sim.hotaru("quota", *words, "-o", "json").ok().json()
    assert told["errors"] == []
    return {(each["region"], each["family"], each["market"]): each for each in told["quotas"]}


def test_limits_use_and_what_fits_are_told(account):
    account.hotaru("up", "one", "--type", "g4dn.xlarge", "--yes", "--no-wait", "--region", "us-east-1").ok()
    told = quotas(account, "--region", "us-east-1")
    g = told["us-east-1", "g", "on-demand"]
    assert (g["limit"], g["used"], g["free"], g["code"]) == (8, 4, 4, "L-DB2E81BA")
    assert g["fits"] == {"type": "g4dn.xlarge", "count": 1}
    assert told["us-east-1", "p", "on-demand"]["fits"]["count"] == 0
    assert "1 × g4dn.xlarge" in account.hotaru("quota", "--region", "us-east-1").ok().out
    regions = {region for region, _, _ in quotas(account, "--all-regions")}
    there = json.loads(account.aws("ec2", "describe-regions").ok().out)["Regions"]
    assert regions == {each["RegionName"] for each in there}
    assert ("us-east-1", "standard", "on-demand") in quotas(account, "--region", "us-east-1", "--all")
    account.hotaru("down", "one", "--region", "us-east-1", "--yes").ok()


def test_exactly_what_is_missing_is_asked_for_and_decided(account):
    here = ["--region", "us-east-1"]
    assert "Nothing has to be asked for" in account.hotaru("quota", "request", "g5.xlarge", "2", *here).ok().out
    dry = account.hotaru("quota", "request", "g5.2xlarge", "2", "--dry-run", *here, "-o", "json").ok().json()["request"]
    assert (dry["desired"], dry["needed"], dry["change"]) == (16, True, None)
    assert "--yes" in account.hotaru("quota", "request", "g5.2xlarge", "2", *here).failed().err
    assert account.hotaru("quota", "status", *here, "-o", "json").ok().json()["requests"] == []

    asked = account.hotaru("quota", "request", "g5.2xlarge", "2", *here, "--yes", "-o", "json").ok().json()["request"]
    assert asked["change"]["status"] == "PENDING"
    command = ["service-quotas", "list-requested-service-quota-change-history", "--service-code", "ec2"]
    seen = json.loads(account.aws(*command).ok().out)["RequestedQuotas"]
    assert [(one["QuotaCode"], one["DesiredValue"]) for one in seen] == [("L-DB2E81BA", 16)]
    assert "asked for already" in account.hotaru("quota", "request", "g5.2xlarge", "2", *here, "--yes").failed().err


def test_closed_does_not_mean_granted(account):
    here = ["--region", "us-east-1"]
    account.hotaru("quota", "request", "g5.xlarge", "--spot", *here, "--yes").ok()
    account.hotaru("quota", "request", "p4d.24xlarge", *here, "--yes").ok()
    told = account.hotaru("quota", "status", *here, "-o", "json").ok().json()["requests"]
    by_code = {each["code"]: each for each in told}
    assert (by_code["L-3819A6DF"]["status"], by_code["L-3819A6DF"]["granted"]) == ("APPROVED", True)
    assert (by_code["L-417A185B"]["status"], by_code["L-417A185B"]["granted"]) == ("CASE_CLOSED", False)
    shown = account.hotaru("quota", "status", *here).ok()
    assert "does not mean that it was granted" in shown.err


@pytest.mark.parametrize("words, said", [
    (["request", "g5.xlrge"], "g5.xlarge"),
    (["request", "g5.xlarge", "none"], "not a number"),
    (["request", "u-6tb1.metal", "--spot"], ""),
    (["request"], "TYPE"),
])
def test_what_makes_no_sense_is_refused(account, words, said):
    assert said in account.hotaru("quota", *words, "--region", "us-east-1", "--yes").failed().err
