"""PyGithub, loaded without what signs, what encrypts and what guesses the encoding of a text, until that is done.

Reading lists with a token needs none of it.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from types import ModuleType
from typing import Any, Final

_SELDOM_USED: Final = ("charset_normalizer", "jwt", "nacl.encoding", "nacl.public")


def _stand_in_for(name: str) -> ModuleType:
    """Return a module that loads the real one when something of it is asked for (PEP 562)."""

    def attribute_of_the_real_one(attribute: str) -> Any:
        if attribute == "__version__":
            # Which requests looks at while it is imported.
            return version(name)
        if attribute.startswith("__"):
            # Which importing itself looks for.
            raise AttributeError(attribute)
        return getattr(importlib.import_module(name), attribute)

    stand_in = ModuleType(name)
    vars(stand_in)["__getattr__"] = attribute_of_the_real_one
    return stand_in


@contextmanager
def _left_for_later(*names: str) -> Iterator[None]:
    """Let what is imported here have stand-ins of these modules; whoever asks for them later gets the real ones."""
    stand_ins = {name: _stand_in_for(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]


with _left_for_later(*_SELDOM_USED):
    from github import Auth, Github, GithubException
    from github.Requester import HTTPSRequestsConnectionClass, Requester

__all__ = ["Auth", "Github", "GithubException", "HTTPSRequestsConnectionClass", "Requester"]
