"""PyGithub, loaded without what lists of pull requests do not need, until somebody asks for it.

That is what signs, what encrypts and what guesses the encoding of a text, and the types of GitHub's objects: 160 of its
180 modules, which take 4 MB and four times as long to load as all the rest of it.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

_SELDOM_USED: Final = ("charset_normalizer", "jwt", "nacl.encoding", "nacl.public")

_USED: Final = frozenset({"Auth", "Consts", "GithubException", "GithubObject", "MainClass", "Requester"})
"""PyGithub's modules that no stand-in may be in the place of, since they are loaded and used at once."""


def _stand_in_for(name: str) -> ModuleType:
    """Return a module that loads the real one when something of it is asked for (PEP 562)."""
    stand_in = ModuleType(name)

    def attribute_of_the_real_one(attribute: str) -> Any:
        if attribute == "__version__":
            # Which requests looks at while it is imported.
            return version(name)
        if attribute.startswith("__"):
            # Which importing itself looks for.
            raise AttributeError(attribute)
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)

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
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


def _unused_modules() -> list[str]:
    """Return the names of PyGithub's modules that are not used here."""
    package = find_spec("github")
    folders = [] if package is None else package.submodule_search_locations
    return [f"github.{module.name}" for module in pkgutil.iter_modules(folders) if module.name not in _USED]


def _load_when_asked(package: ModuleType) -> None:
    """Let the package have all of its modules, as if they had been imported with it: each is, when it is asked for."""

    def module_of(name: str) -> ModuleType:
        full_name = f"{package.__name__}.{name}"
        if name.startswith("__") or find_spec(full_name) is None:
            raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")
        return importlib.import_module(full_name)

    vars(package).setdefault("__getattr__", module_of)


with _left_for_later(*_SELDOM_USED, *_unused_modules()):
    import github
    from github import Auth, Github, GithubException
    from github.Requester import HTTPSRequestsConnectionClass, Requester

_load_when_asked(github)

__all__ = ["Auth", "Github", "GithubException", "HTTPSRequestsConnectionClass", "Requester"]
