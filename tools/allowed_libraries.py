"""An import-linter contract that lists what a package may import, where import-linter's own list what it may not.

A list of forbidden libraries has to grow with every new dependency, and the day somebody forgets it nothing is said.
"""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedLibrariesContract(Contract):
    """Keep a package to its own project, the standard library and the libraries listed."""

    source_module = fields.ModuleField()
    libraries = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every direct import of a library that is not on the list."""
        output.verbose_print(verbose, f"Looking for libraries other than {self._allowed()}")
        source = str(self.source_module.name)  # type: ignore[attr-defined]  # a field becomes its value when loaded
        allowed = {*self._allowed(), *sys.stdlib_module_names, source.split(".", maxsplit=1)[0]}
        faults = sorted(
            f"{module} imports {imported}"
            for module in {source, *graph.find_descendants(source)}
            for imported in graph.find_modules_directly_imported_by(module)
            if imported.split(".", maxsplit=1)[0] not in allowed
        )
        return ContractCheck(kept=not faults, metadata={"faults": faults})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that must go."""
        for fault in check.metadata["faults"]:
            output.print_error(fault)

    def _allowed(self) -> list[str]:
        libraries: set[str] = self.libraries  # type: ignore[assignment]  # a field becomes its value when loaded
        return sorted(libraries)
