"""Starts moto's server, which answers as AWS would, for programs that are pointed to it.

Run as `python -m tests.integration.aws_server PORT`. One thing is added to moto: it takes a queue's RedriveAllowPolicy and
never tells it, for which Terraform would wait ten minutes.
"""

import sys

from moto.server import main
from moto.sqs.models import Queue

if __name__ == "__main__":
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
