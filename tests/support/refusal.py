"""What a service says no with."""
import pytest
from botocore.exceptions import ClientError


def refusal(call, **parameters) -> str:
    """The code of the error that the call of a boto3 client ends in."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]
