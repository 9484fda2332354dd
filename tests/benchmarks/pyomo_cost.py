"""What Pyomo costs: build and pass a model of 200,000 trips, against the same model as plain arrays."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from measuring import peak_mib, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.network.network import Network
    from siting.solve.highs import Arrays

SIZE = {"areas": 2000, "hospitals": 500, "trips_per_area": 100, "lanes_per_hospital": 20}
SMALL = {"areas": 40, "hospitals": 8, "trips_per_area": 6, "lanes_per_hospital": 4}


def by_pyomo(network: Network) -> Arrays:
    """Return the arrays as every solve of siting makes them."""
    import pyomo.environ as pyo

    from siting.model.core import build_model
    from siting.model.objectives import OBJECTIVES
    from siting.solve.direct import no_collection
    from siting.solve.highs import compile_model

    with no_collection():
        model = build_model(network)
        model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
        return compile_model(model)


def by_arrays(network: Network) -> Arrays:
    """Return the same arrays, written down directly."""
    from synthetic import as_arrays

    return as_arrays(network)


def data() -> dict[str, float]:
    """Check on a small network that both ways make the same model; then only make the data of the large one."""
    from synthetic import make_network

    from siting.solve.highs import Run, solve_arrays

    small = make_network(**SMALL)
    pyomo, plain = by_pyomo(small), by_arrays(small)
    optima = [solve_arrays(arrays, Run(60.0, 0.0)).objective for arrays in (pyomo, plain)]
    is_same = pyomo.matrix.shape == plain.matrix.shape and pyomo.matrix.nnz == plain.matrix.nnz
    if not is_same or abs(optima[0] - optima[1]) > 1e-6 * abs(optima[0]):
        message = f"the two ways make different models: {pyomo.matrix.shape}, {plain.matrix.shape}, {optima}"
        raise SystemExit(message)
    network = make_network(**SIZE)
    return {"peak": peak_mib(), "trips": len(network.trips)}


def pyomo_path() -> dict[str, float]:
    """Build with Pyomo, compile to arrays, pass to HiGHS."""
    return _measured(by_pyomo)


def array_path() -> dict[str, float]:
    """Write arrays, pass to HiGHS."""
    return _measured(by_arrays)


def _measured(way: Callable[[Network], Arrays]) -> dict[str, float]:
    import highspy
    from synthetic import make_network

    from siting.solve.highs import _lp

    way(make_network(**SMALL))  # imports and first calls
    network = make_network(**SIZE)
    wall, cpu = time.perf_counter(), time.process_time()
    arrays = way(network)
    built = time.perf_counter()
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(_lp(arrays))
    done = time.perf_counter()
    return {
        "build": built - wall,
        "pass": done - built,
        "cpu": time.process_time() - cpu,
        "peak": peak_mib(),
        "columns": highs.getNumCol(),
        "rows": highs.getNumRow(),
        "nonzeros": highs.getNumNz(),
    }


MEASURES = {"data": data, "pyomo": pyomo_path, "arrays": array_path}


def report(medians: dict[str, dict[str, float]]) -> str:
    """Return the table."""
    base, pyomo, arrays = medians["data"], medians["pyomo"], medians["arrays"]

    def row(label: str, form: str, of_pyomo: float, of_arrays: float) -> tuple[str, ...]:
        return label, format(of_pyomo, form), format(of_arrays, form), f"{of_pyomo / of_arrays:.1f}"

    size = f"{pyomo['columns']:,.0f} columns, {pyomo['rows']:,.0f} rows, {pyomo['nonzeros']:,.0f} nonzeros"
    rows = [
        row("build, s", ".2f", pyomo["build"], arrays["build"]),
        row("pass to HiGHS, s", ".2f", pyomo["pass"], arrays["pass"]),
        row("**both, s**", ".2f", *(way["build"] + way["pass"] for way in (pyomo, arrays))),
        row("both, processor s", ".2f", pyomo["cpu"], arrays["cpu"]),
        row("**peak memory, MiB**", ",.0f", pyomo["peak"], arrays["peak"]),
        row(f"- above data and imports ({base['peak']:,.0f} MiB)", ",.0f",
            *(way["peak"] - base["peak"] for way in (pyomo, arrays))),
    ]  # fmt: skip
    return f"{size}.\n\n" + table(("figure", "Pyomo", "arrays", "ratio"), rows)
