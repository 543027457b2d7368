"""Where hotaru sends its calls, held against botocore on the same files and variables. AWS's own endpoints are never
reached: a proxy on loopback takes the connection, notes the host that was wanted, and refuses."""
import json
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.programs import HOTARU, environment, run
from support.standin import StandIn

BOTOCORE = """
import json, os, sys
import botocore.session
for variables in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(variables)
    try:
        print(json.dumps(botocore.session.Session().create_client(sys.argv[1]).meta.endpoint_url))
    except Exception as error:
        print(json.dumps(None))
"""


class Proxy:
    """Refuses every CONNECT, and remembers what was wanted."""

    def __init__(self):
        self.wanted: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_CONNECT(self):
                proxy.wanted.append(self.path)
                self.send_error(502)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def proxy():
    server = Proxy()
    yield server
    server.close()


@pytest.fixture
def two():
    """Two endpoints of one's own."""
    servers = [StandIn(), StandIn()]
    yield servers
    for server in servers:
        server.close()


def base(folder: Path, **more: str) -> dict[str, str]:
    return environment(folder, AWS_ACCESS_KEY_ID="AK", AWS_SECRET_ACCESS_KEY="s",
                       AWS_MAX_ATTEMPTS="1", **more)


def botocore(env: dict[str, str], cases: list, service: str = "ec2") -> list:
    done = run([sys.executable, "-c", BOTOCORE, service], env, input=json.dumps(cases)).ok()
    return [json.loads(line) for line in done.out.splitlines()]


def ls(env: dict[str, str]):
    region = env.get("AWS_DEFAULT_REGION", "us-east-1")
    return run([HOTARU, "ls", "--region", region], env)


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_awss_own_endpoints_are_those_of_botocore(own_folder, proxy, region):
    env = base(own_folder, HTTPS_PROXY=proxy.url, AWS_DEFAULT_REGION=region)
    Path(env["AWS_CONFIG_FILE"]).write_text("[profile fips]\nuse_fips_endpoint = true\n"
                                            "[profile dual]\nuse_dualstack_endpoint = true\n")
    cases = [env, dict(env, AWS_USE_FIPS_ENDPOINT="true"), dict(env, AWS_USE_DUALSTACK_ENDPOINT="true"),
             dict(env, AWS_USE_FIPS_ENDPOINT="true", AWS_USE_DUALSTACK_ENDPOINT="true"),
             dict(env, AWS_PROFILE="fips"), dict(env, AWS_PROFILE="dual"),
             dict(env, AWS_PROFILE="fips", AWS_USE_FIPS_ENDPOINT="false")]
    # What has been left over is looked for as well, alarms among it.
    expectations = zip(cases, botocore(env, cases), botocore(env, cases, "cloudwatch"), strict=True)
    for case, *expected in expectations:
        proxy.wanted.clear()
        assert ls(case).code == 8  # not reachable
        assert {f"https://{host.removesuffix(':443')}" for host in proxy.wanted} == set(expected)


def test_endpoints_of_ones_own_rank_as_in_botocore(own_folder, two, proxy):
    chance = random.Random(20261122)
    first, second = (server.url for server in two)
    parts = {  # name: (variables, the profile, the services section)
        "service variable": ({"AWS_ENDPOINT_URL_EC2": first}, {}, ""),
        "variable": ({"AWS_ENDPOINT_URL": second}, {}, ""),
        "other service variable": ({"AWS_ENDPOINT_URL_S3": second}, {}, ""),
        "profile": ({}, {"endpoint_url": first}, ""),
        "services": ({}, {"services": "local"}, f"ec2 =\n  endpoint_url = {second}\n"),
        "services of another": ({}, {"services": "local"}, f"s3 =\n  endpoint_url = {first}\n"),
        "ignoring": ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, {}, ""),
        "ignoring profile": ({}, {"ignore_configured_endpoint_urls": "true"}, ""),
        "not ignoring": ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}, {}, ""),
    }
    cases = []
    for number, names in enumerate([[name] for name in parts] + [chance.sample(list(parts), 3) for _ in range(15)]):
        file = own_folder / f"config{number}"
        variables = base(own_folder, HTTPS_PROXY=proxy.url, AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE=str(file))
        profile, services = {}, ""
        for name in names:
            variables |= parts[name][0]
            profile |= parts[name][1]
            services += parts[name][2]
        file.write_text("[default]\n" + "".join(f"{key} = {value}\n" for key, value in profile.items())
                        + (f"[services local]\n{services}" if services else ""))
        cases.append(variables)
    for case, expected in zip(cases, botocore(cases[0], cases), strict=True):
        for server in two:
            server.seen.clear()
        proxy.wanted.clear()
        done = ls(case)
        if expected in (first, second):  # alarms are no matter of another EC2 than theirs
            assert not proxy.wanted
        went = ([server.url for server in two if server.seen]
                + sorted({f"https://{host.removesuffix(':443')}" for host in proxy.wanted if "monitoring" not in host}))
        assert went == [expected], (Path(case["AWS_CONFIG_FILE"]).read_text(), done.err)


def test_a_services_section_that_does_not_exist_is_told(own_folder):
    env = base(own_folder, AWS_DEFAULT_REGION="us-east-1")
    Path(env["AWS_CONFIG_FILE"]).write_text("[default]\nservices = gone\n")
    done = ls(env).failed()
    assert done.code == 2 and "'gone', which does not exist" in done.err


def test_attempts_are_as_many_as_the_variable_or_the_profile_says(own_folder):
    server = StandIn()
    server.refuse["DescribeInstances"] = (503, "<Response><Errors><Error><Code>Unavailable</Code><Message>m</Message>"
                                               "</Error></Errors></Response>")
    try:
        env = environment(own_folder, AWS_ACCESS_KEY_ID="AK", AWS_SECRET_ACCESS_KEY="s", AWS_ENDPOINT_URL=server.url)
        Path(env["AWS_CONFIG_FILE"]).write_text("[profile three]\nmax_attempts = 3\nretry_mode = standard\n")
        for more, expected in ({"AWS_MAX_ATTEMPTS": "2"}, 2), ({"AWS_PROFILE": "three"}, 3), ({}, 4):
            server.seen.clear()
            assert ls({**env, **more}).code == 8
            assert len(server.requests("DescribeInstances")) == expected
        done = ls({**env, "AWS_RETRY_MODE": "never"}).failed()
        assert done.code == 2 and "'never' is not a retry mode" in done.err
    finally:
        server.close()
