"""What hotaru puts into user data is what cloud-init's own schema allows."""
import base64

from support.waiting import until


def test_the_user_data_of_up_passes_the_schema_of_cloud_init(sandbox):
    sandbox.hotaru("up", "schema", "--type", "t3.micro", "--yes").ok()
    ec2 = sandbox.boto()
    found = ec2.describe_instances(Filters=[{"Name": "tag:hotaru:name", "Values": ["schema"]},
                                            {"Name": "instance-state-name", "Values": ["running"]}])
    instance = found["Reservations"][0]["Instances"][0]["InstanceId"]
    value = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]["Value"]
    text = base64.b64decode(value).decode()
    assert text.startswith("#cloud-config\n")

    def inside(command: str, input: str | None = None):
        return sandbox.hotaru("ssh", "schema", "--", command, input=input)

    until(lambda: inside("cloud-init status --wait").out.strip().endswith("done"), "cloud-init has done its work")
    inside("umask 077; cat > /tmp/user-data", input=text).ok()
    judged = inside("cloud-init schema --config-file /tmp/user-data")
    assert judged.code == 0, judged.out + judged.err
    assert "Valid" in judged.out
    wrong = text.replace("ssh_deletekeys: true", "ssh_deletekeys: perhaps")
    assert wrong != text
    inside("cat > /tmp/user-data", input=wrong).ok()
    assert inside("cloud-init schema --config-file /tmp/user-data").code != 0, "the schema command refuses nothing"
    sandbox.hotaru("down", "schema", "--yes").ok()
