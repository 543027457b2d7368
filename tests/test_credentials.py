"""Every place that credentials come from, as a user sets it up: hotaru against a stand-in on loopback, and beside it
botocore, which is what `aws configure export-credentials` prints, on the same files and variables."""
import hashlib
import itertools
import json
import os
import pty
import random
import select
import stat
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from support.programs import HOTARU, environment, run
from support.standin import StandIn

ROLE = "arn:aws:iam::123456789012:role/"
START_URL = "https://corp.example/start"

# What botocore finds for each of a list of (variables, --profile): key id, token, or the name of its error.
BOTOCORE = """
import json, os, sys
import botocore.session
for variables, profile in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(variables)
    try:
        session = botocore.session.Session(profile=profile)
        found = session.get_credentials()
        frozen = found and found.get_frozen_credentials()
        print(json.dumps([frozen.access_key, frozen.token or ""] if frozen else None))
    except Exception as error:
        print(json.dumps(type(error).__name__))
"""


class User:
    """A person with two files, variables, and a stand-in for whatever hands out credentials."""

    def __init__(self, folder: Path, stand_in: StandIn):
        self.folder, self.stand_in = folder, stand_in
        self.env = environment(folder, XDG_CACHE_HOME=str(folder / "cache"), AWS_ENDPOINT_URL=stand_in.url,
                               AWS_DEFAULT_REGION="us-east-1")

    @property
    def home(self) -> Path:
        return Path(self.env["HOME"])

    def config(self, text: str) -> None:
        Path(self.env["AWS_CONFIG_FILE"]).write_text(text)

    def credentials(self, text: str) -> None:
        Path(self.env["AWS_SHARED_CREDENTIALS_FILE"]).write_text(text)

    def sign_in(self, name: str, left: timedelta, **more: str) -> Path:
        """As `aws sso login` leaves it."""
        file = self.home / ".aws/sso/cache" / (hashlib.sha1(name.encode()).hexdigest() + ".json")
        file.parent.mkdir(parents=True, exist_ok=True)
        expires = (datetime.now(timezone.utc) + left).strftime("%Y-%m-%dT%H:%M:%SZ")
        file.write_text(json.dumps({"startUrl": START_URL, "region": "us-east-1", "accessToken": "access-of-sso",
                                    "expiresAt": expires, **more}))
        return file

    def ls(self, *words, **env: str):
        return run([HOTARU, "ls", "--all", "--region", "us-east-1", "-o", "json", *words], {**self.env, **env})

    def botocore(self, *cases) -> list:
        """One answer for each (variables, profile)."""
        done = run([sys.executable, "-c", BOTOCORE], self.env, input=json.dumps(cases)).ok()
        return [json.loads(line) for line in done.out.splitlines()]


@pytest.fixture
def stand_in(null_sim):
    """Hands out the sim's own keys, each with the token of its source, and passes EC2's calls on to the sim."""
    env = null_sim.aws_env
    server = StandIn(env["AWS_ENDPOINT_URL"].removeprefix("http://").rstrip("/"),
                     (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]))
    yield server
    server.close()


@pytest.fixture
def user(own_folder, stand_in):
    return User(own_folder, stand_in)


def keys_of(stand_in: StandIn) -> str:
    return f"aws_access_key_id = {stand_in.keys[0]}\naws_secret_access_key = {stand_in.keys[1]}\n"


# One for each source: sets it up for the user; returns the profile to name and the token that must arrive.

def environment_keys(user):
    user.env |= {"AWS_ACCESS_KEY_ID": user.stand_in.keys[0], "AWS_SECRET_ACCESS_KEY": user.stand_in.keys[1],
                 "AWS_SESSION_TOKEN": "token-of-environment"}
    return None, "token-of-environment"


def static_keys(user):
    user.credentials(f"[work]\n{keys_of(user.stand_in)}aws_session_token = token-of-file\n")
    return "work", "token-of-file"


def role_of_profile(user):
    user.credentials(f"[base]\n{keys_of(user.stand_in)}")
    user.config(f"[profile role]\nrole_arn = {ROLE}audit\nsource_profile = base\nexternal_id = outside\n"
                "role_session_name = me\nduration_seconds = 1800\n")
    return "role", "token-of-audit"


def role_of_environment(user):
    environment_keys(user)
    user.config(f"[profile role]\nrole_arn = {ROLE}audit\ncredential_source = Environment\n")
    return "role", "token-of-audit"


def chain_of_roles(user):
    user.credentials(f"[base]\n{keys_of(user.stand_in)}")
    user.config(f"[profile one]\nrole_arn = {ROLE}one\nsource_profile = base\n"
                f"[profile two]\nrole_arn = {ROLE}two\nsource_profile = one\n")
    return "two", "token-of-two"


def program(user):
    tool = user.folder / "vault tool"
    tool.write_text("#!/bin/sh\ncat <<'JSON'\n" + json.dumps(
        {**user.stand_in.json_keys("program", "SessionToken"), "Version": 1}) + "\nJSON\n")
    tool.chmod(0o700)
    user.config(f"[profile tool]\ncredential_process = '{tool}' --account 1\n")
    return "tool", "token-of-program"


def sso_session(user):
    user.config("[profile corp]\nsso_session = office\nsso_account_id = 123456789012\nsso_role_name = Dev\n"
                f"[sso-session office]\nsso_start_url = {START_URL}\nsso_region = us-east-1\n")
    user.sign_in("office", timedelta(hours=4))
    return "corp", "token-of-sso"


def sso_older_form(user):
    user.config(f"[profile corp]\nsso_start_url = {START_URL}\nsso_region = us-east-1\n"
                "sso_account_id = 123456789012\nsso_role_name = Dev\n")
    user.sign_in(START_URL, timedelta(hours=4))
    return "corp", "token-of-sso"


def web_identity_of_environment(user):
    (user.folder / "token").write_text("header.payload.signature")
    user.env |= {"AWS_WEB_IDENTITY_TOKEN_FILE": str(user.folder / "token"), "AWS_ROLE_ARN": ROLE + "pod"}
    return None, "token-of-pod"


def web_identity_of_profile(user):
    (user.folder / "token").write_text("header.payload.signature")
    user.config(f"[profile ci]\nweb_identity_token_file = {user.folder / 'token'}\nrole_arn = {ROLE}ci\n")
    return "ci", "token-of-ci"


def container(user):
    (user.folder / "permit").write_text("permit")
    user.env |= {"AWS_CONTAINER_CREDENTIALS_FULL_URI": user.stand_in.url + "/container",
                 "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(user.folder / "permit")}
    return None, "token-of-container"


def metadata(user):
    user.env |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": user.stand_in.url, "AWS_EC2_METADATA_DISABLED": "false"}
    return None, "token-of-metadata"


SOURCES = [environment_keys, static_keys, role_of_profile, role_of_environment, chain_of_roles, program, sso_session,
           sso_older_form, web_identity_of_environment, web_identity_of_profile, container, metadata]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_a_source_serves_hotaru_on_the_sim_as_it_serves_botocore(user, source):
    profile, token = source(user)
    named = ["--profile", profile] if profile else []
    assert "instances" in user.ls(*named).ok().json()
    assert user.stand_in.signers() == {(user.stand_in.keys[0], token)}
    assert user.botocore((user.env, profile)) == [[user.stand_in.keys[0], token]]


def test_what_is_sent_to_sts_is_what_the_profile_says(user):
    profile, _ = role_of_profile(user)
    user.ls("--profile", profile).ok()
    sent = user.stand_in.requests("AssumeRole")[0].parameters
    user.botocore((user.env, profile))
    theirs = user.stand_in.requests("AssumeRole")[1].parameters
    assert sent == theirs
    assert sent["ExternalId"] == "outside"


def test_sessions_are_kept_for_the_next_command_where_nobody_else_reads(user):
    profile, _ = role_of_profile(user)
    for _ in range(2):
        user.ls("--profile", profile).ok()
    assert len(user.stand_in.requests("AssumeRole")) == 1
    files = list((user.folder / "cache/hotaru/credentials").iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]
    user.stand_in.lifetime = timedelta(minutes=2)
    files[0].unlink()
    for _ in range(2):
        user.ls("--profile", profile).ok()
    assert len(user.stand_in.requests("AssumeRole")) >= 3, "one that is about to expire is not used again"


def test_a_token_of_sso_is_renewed_in_the_aws_clis_own_file(user):
    sso_session(user)
    file = user.sign_in("office", timedelta(minutes=3), refreshToken="refresh-1", clientId="client", clientSecret="hush",
                        registrationExpiresAt="2099-01-01T00:00:00Z")
    user.ls("--profile", "corp").ok()
    assert user.stand_in.requests("GET /federation/credentials")[0].headers["x-amz-sso_bearer_token"] == "renewed"
    kept = json.loads(file.read_text())
    assert (kept["accessToken"], kept["refreshToken"], kept["clientSecret"]) == ("renewed", "refresh-2", "hush")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = len(user.stand_in.requests("POST /token"))
    assert user.botocore((user.env, "corp")) == [[user.stand_in.keys[0], "token-of-sso"]]
    assert len(user.stand_in.requests("POST /token")) == before, "botocore takes the token that hotaru renewed"


def test_an_expired_sign_in_names_the_command_that_mends_it(user):
    sso_session(user)
    user.sign_in("office", timedelta(minutes=-1))
    done = user.ls("--profile", "corp").failed()
    assert done.code == 4
    assert "expired at" in done.err and "aws sso login --profile corp" in done.err


def test_a_login_session_is_left_to_the_aws_cli(user):
    user.config("[profile me]\nlogin_session = arn:aws:iam::123456789012:user/me\n")
    folder = user.folder / "bin"
    folder.mkdir()
    tool = folder / "aws"
    tool.write_text(f"#!/bin/sh\necho \"$@\" > '{user.folder}/asked'\ncat <<'JSON'\n" + json.dumps(
        {**user.stand_in.json_keys("login", "SessionToken"), "Version": 1}) + "\nJSON\n")
    tool.chmod(0o700)
    user.ls("--profile", "me", PATH=f"{folder}:{user.env['PATH']}").ok()
    assert user.stand_in.signers() == {(user.stand_in.keys[0], "token-of-login")}
    assert (user.folder / "asked").read_text() == "configure export-credentials --profile me --format process\n"
    tool.write_text("#!/bin/sh\necho 'Your session has expired.' >&2\nexit 255\n")
    done = user.ls("--profile", "me", PATH=f"{folder}:{user.env['PATH']}").failed()
    assert "Your session has expired." in done.err and "aws login --profile me" in done.err


def at_a_terminal(argv, env, answers: dict[str, str]) -> tuple[int, str]:
    """Runs a program whose three streams are a terminal, and types the answer to each question as it comes."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(argv, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    said = ""
    open_questions = dict(answers)
    try:
        while select.select([ours], [], [], 60)[0]:
            try:
                piece = os.read(ours, 65536).decode(errors="replace")
            except OSError:  # the terminal has no other end any more
                break
            said += piece
            for question in [one for one in open_questions if one in said]:
                os.write(ours, (open_questions.pop(question) + "\n").encode())
        return child.wait(timeout=60), said
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def test_an_mfa_code_is_asked_for_at_the_terminal_once(user):
    profile, token = role_of_profile(user)
    with Path(user.env["AWS_CONFIG_FILE"]).open("a") as config:
        config.write("mfa_serial = arn:aws:iam::123456789012:mfa/me\n")
    argv = [HOTARU, "ls", "--all", "--region", "us-east-1", "--profile", profile]
    done = user.ls("--profile", profile).failed()
    assert done.code == 4 and "no terminal to ask for it at" in done.err
    code, said = at_a_terminal(argv, user.env, {"MFA code for arn:aws:iam::123456789012:mfa/me: ": "123456"})
    assert code == 0, said
    sent = user.stand_in.requests("AssumeRole")
    assert [(one.parameters["SerialNumber"], one.parameters["TokenCode"]) for one in sent] == [
        ("arn:aws:iam::123456789012:mfa/me", "123456")]
    user.ls("--profile", profile).ok()
    assert len(user.stand_in.requests("AssumeRole")) == 1
    assert user.stand_in.signers() == {(user.stand_in.keys[0], token)}


def test_no_secret_is_in_the_trace_or_in_an_error(user):
    secrets = ["token-of", user.stand_in.keys[1], "header.payload", "metadata-token", "access-of-sso"]
    for source in SOURCES:
        user.stand_in.refuse = {}
        profile, _ = source(user)
        named = ["--profile", profile] if profile else []
        done = user.ls("--trace", *named).ok()
        user.stand_in.refuse = {"DescribeInstances": (403, "<Response><Errors><Error><Code>AuthFailure</Code>"
                                                           "<Message>no</Message></Error></Errors></Response>")}
        failed = user.ls("-v", *named).failed()
        assert "DescribeInstances, attempt 1: 200" in done.err
        assert "DescribeInstances, attempt 1: 403 AuthFailure" in failed.err
        for secret in secrets:
            assert secret not in done.err + failed.err + failed.out, source.__name__


# The order. Each block adds one place to the user's set-up; both programs must choose the same of any combination.

def blocks(user) -> dict:
    tool = user.folder / "tool"
    tool.write_text("#!/bin/sh\necho '" + json.dumps({"Version": 1, "AccessKeyId": "AKPROGRAM", "SecretAccessKey": "s"})
                    + "'\n")
    tool.chmod(0o700)
    (user.folder / "token").write_text("header.payload.signature")
    url = user.stand_in.url
    return {  # name: (variables, the profile in the config file, in the credentials file)
        "variables": ({"AWS_ACCESS_KEY_ID": "AKVARIABLES", "AWS_SECRET_ACCESS_KEY": "s"}, {}, {}),
        "old token": ({"AWS_SECURITY_TOKEN": "old", "AWS_SESSION_TOKEN": "new"}, {}, {}),
        "config keys": ({}, {"aws_access_key_id": "AKCONFIG", "aws_secret_access_key": "s"}, {}),
        "credentials keys": ({}, {}, {"aws_access_key_id": "AKFILE", "aws_secret_access_key": "s",
                                      "aws_session_token": "t"}),
        "half a pair": ({}, {"aws_secret_access_key": "s"}, {}),
        "program": ({}, {"credential_process": tool}, {}),
        "program in credentials": ({}, {}, {"credential_process": tool}),
        "role": ({}, {"role_arn": ROLE + "role", "source_profile": "base"}, {}),
        "role of itself": ({}, {"role_arn": ROLE + "self", "source_profile": "p"}, {}),
        "role of another role": ({}, {"role_arn": ROLE + "last", "source_profile": "first"}, {}),
        "role of the environment": ({}, {"role_arn": ROLE + "env", "credential_source": "Environment"}, {}),
        "role of the container": ({}, {"role_arn": ROLE + "task", "credential_source": "EcsContainer"}, {}),
        "role in credentials": ({}, {}, {"role_arn": ROLE + "here", "source_profile": "base"}),
        "half a role": ({}, {"role_arn": ROLE + "half"}, {}),
        "web identity": ({}, {"web_identity_token_file": user.folder / "token"}, {}),
        "web variables": ({"AWS_WEB_IDENTITY_TOKEN_FILE": str(user.folder / "token")}, {}, {}),
        "role variable": ({"AWS_ROLE_ARN": ROLE + "variable"}, {}, {}),
        "sso": ({}, {"sso_session": "office", "sso_account_id": "1", "sso_role_name": "r"}, {}),
        "sso session alone": ({}, {"sso_session": "office"}, {}),
        "container": ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url + "/container"}, {}, {}),
        "metadata": ({"AWS_EC2_METADATA_DISABLED": "false"}, {}, {}),
    }


def section(name: str, keys: dict) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


OTHER_PROFILES = (section("profile base", {"aws_access_key_id": "AKBASE", "aws_secret_access_key": "s"})
                  + section("profile first", {"role_arn": ROLE + "first", "source_profile": "base"})
                  + section("sso-session office", {"sso_start_url": START_URL, "sso_region": "us-east-1"}))


def test_of_any_combination_hotaru_chooses_what_botocore_chooses(own_folder):
    chance = random.Random(20261122)
    stand_in = StandIn()
    user = User(own_folder, stand_in)
    user.env |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": stand_in.url}
    user.sign_in("office", timedelta(hours=4))
    every = blocks(user)
    pairs = [list(pair) for pair in itertools.combinations(every, 2)]
    larger = [chance.sample(list(every), chance.randint(3, 6)) for _ in range(60)]
    cases = []
    for number, names in enumerate([[name] for name in every] + chance.sample(pairs, 60) + larger):
        variables = dict(user.env, AWS_CONFIG_FILE=str(own_folder / f"c{number}"),
                         AWS_SHARED_CREDENTIALS_FILE=str(own_folder / f"k{number}"),
                         XDG_CACHE_HOME=str(own_folder / f"cache{number}"))
        config, credentials = {"region": "us-east-1"}, {}  # a key twice in one section is an error to botocore
        for name in names:
            variables |= every[name][0]
            config |= every[name][1]
            credentials |= every[name][2]
        (own_folder / f"c{number}").write_text(section("profile p", config) + OTHER_PROFILES)
        (own_folder / f"k{number}").write_text(section("p", credentials) if credentials else "")
        named = chance.choice([True, False])
        if not named:
            variables["AWS_PROFILE"] = "p"
        cases.append((names, variables, "p" if named else None))
    try:
        theirs = user.botocore(*[(variables, profile) for _, variables, profile in cases])
        different = []
        for (names, variables, profile), expected in zip(cases, theirs, strict=True):
            stand_in.seen.clear()
            done = run([HOTARU, "ls", "--region", "us-east-1", *(["--profile", profile] if profile else [])], variables)
            signers = [list(one) for one in stand_in.signers()]
            # What botocore fails at, and what it finds nothing for, has to be an error about credentials here.
            same = signers == [expected] if isinstance(expected, list) else (not signers and done.code == 4)
            if not same:
                different.append((names, "--profile" if profile else "AWS_PROFILE", expected, signers, done.code, done.err))
        assert not different, "\n".join(map(str, different))
        assert sum(isinstance(one, list) for one in theirs) > len(cases) / 2
    finally:
        stand_in.close()
