"""Starts moto's server, which answers as AWS would, for programs that are pointed to it.

Run as `python -m tests.integration.mended_moto PORT`. What Terraform stumbles over is mended here: moto never tells a
queue's RedriveAllowPolicy, for which Terraform waits ten minutes; it tells a RedrivePolicy with other spaces than it
was given; and it takes a bucket's policy without the conditions, so that one against plain HTTP shuts out everybody.
"""

import json
import sys
from typing import Any, Final

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main
from moto.sqs.models import Queue


def _all_attributes(queue: Queue) -> dict[str, Any]:  # moto's own form
    told: dict[str, Any] = _ATTRIBUTES_OF_MOTO(queue)
    if told.get("RedrivePolicy"):
        told["RedrivePolicy"] = json.dumps(json.loads(told["RedrivePolicy"]), separators=(",", ":"))
    return told


def _no_opinion(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL


_ATTRIBUTES_OF_MOTO: Final = vars(Queue)["attributes"].fget

_MENDED: Final = (
    (Queue, "BASE_ATTRIBUTES", [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]),
    (Queue, "redrive_allow_policy", None),
    (Queue, "attributes", property(_all_attributes)),
    (FakeBucket, "get_permission", _no_opinion),
)

if __name__ == "__main__":
    for owner, name, value in _MENDED:
        setattr(owner, name, value)
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
