"""Apache Libcloud launches a node, runs a script on it over ssh, and ends it. Run by its own Python, with the
environment of `hotaru sim env`; words: a folder for keys."""
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlparse

from libcloud.compute.deployment import ScriptDeployment
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider

key = Path(sys.argv[1]) / "id_rsa"
where = urlparse(os.environ["AWS_ENDPOINT_URL"])
ec2 = get_driver(Provider.EC2)(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"],
                               region="us-east-1", host=where.hostname, port=where.port, secure=False,
                               signature_version="4")
images = [one for one in ec2.list_images(ex_owner="099720109477") if "noble-24.04-amd64" in one.name]
size = next(one for one in ec2.list_sizes() if one.id == "t3.micro")
ec2.import_key_pair_from_file("libcloud", str(key) + ".pub")
ec2.ex_create_security_group("libcloud", "libcloud")
ec2.ex_authorize_security_group("libcloud", 22, 22, "0.0.0.0/0")
script = ScriptDeployment("echo deployed on $(hostname)")
node = ec2.deploy_node(name="libcloud", image=max(images, key=lambda one: one.name), size=size,
                       ex_keyname="libcloud", ex_security_groups=["libcloud"], ssh_username="ubuntu",
                       ssh_key=str(key), deploy=script, ssh_timeout=5, timeout=100, wait_period=1)
found = [one.id for one in ec2.list_nodes() if one.name == "libcloud"]
ended = ec2.destroy_node(node)
print(json.dumps({"id": node.id, "found": found, "said": script.stdout, "exit": script.exit_status, "ended": ended}))
