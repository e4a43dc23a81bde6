"""The import contracts object to an import in the wrong direction: between layers, and between subjects."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import pairwise
from typing import Any

import grimp
import pytest
from importlinter.contracts.layers import LayersContract

from tests.architecture import project

_OPTIONS = ("containers", "layers")


@cache
def imports() -> grimp.ImportGraph:
    """Who imports whom in what is deployed."""
    return grimp.build_graph("clinic", "lambdas", cache_dir=None)


def layered() -> list[dict[str, Any]]:
    """The contracts that name layers, the highest first."""
    settings = tomllib.loads((project.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return [contract for contract in settings["contracts"] if contract["type"] == "layers"]


def is_kept(contract: dict[str, Any], graph: grimp.ImportGraph) -> bool:
    """Whether import-linter accepts these imports."""
    options = {name: contract[name] for name in _OPTIONS if name in contract}
    session = {"root_packages": ["clinic", "lambdas"]}
    return LayersContract(contract["name"], session, options).check(deepcopy(graph), verbose=False).kept


def wrong_directions() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Of each two neighbouring layers the lower and the higher one; a layer's two parts, both ways."""
    for contract in layered():
        (container,) = contract.get("containers", [""])
        prefix = f"{container}." if container else ""
        layers = [[prefix + part.strip() for part in layer.split("|")] for layer in contract["layers"]]
        for higher, lower in pairwise(layers):
            yield from ((low, high, contract) for low in lower for high in higher)
        for one, other in (layer for layer in layers if len(layer) == 2):
            yield from ((one, other, contract), (other, one, contract))


@pytest.mark.parametrize("contract", layered(), ids=lambda contract: contract["name"])
def test_the_layers_are_kept_without_exceptions(contract: dict[str, Any]) -> None:
    assert is_kept(contract, imports())
    assert "ignore_imports" not in contract


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [pytest.param(*it, id=f"{it[0]} -> {it[1]}") for it in wrong_directions()],
)
def test_an_import_in_the_wrong_direction_is_refused(
    importer: str, imported: str, contract: dict[str, Any]
) -> None:
    mutant = deepcopy(imports())
    mutant.add_import(
        importer=min(mutant.find_descendants(importer) or {importer}),
        imported=min(mutant.find_descendants(imported) or {imported}),
    )
    assert not is_kept(contract, mutant)
