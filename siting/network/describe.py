"""What a network holds, in figures an analyst can compare with what she knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.study.units import KM_PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from siting.network.network import Network


def describe_network(network: Network) -> dict[str, Any]:
    """Return counts, demand by product, and the range of trips, lanes and options."""
    weight = network.slices["weight"] / network.slices["weight"].sum()
    demands = network.demands.assign(mean=network.demands["patients"] * weight.to_numpy()[network.demands["slice"]])
    by_product = demands.groupby("product")["mean"].sum()
    unit = KM_PER_UNIT[network.distance_unit]
    return {
        "patients_per_year": {network.ids.products[i]: float(n) for i, n in by_product.items()},
        "areas": len(network.ids.areas),
        "hospitals": len(network.ids.hospitals),
        "treat_today": int(network.hospitals["treats_today"].sum()),
        "candidate_sites": int(network.options.loc[~_central(network), "site"].nunique()),
        "central_plants": int(network.sites["is_central"].sum()),
        "trips": len(network.trips),
        "lanes": len(network.lanes),
        "options": len(network.options),
        f"trip_{network.distance_unit}": _range(network.trips["km"] / unit),
        "trip_minutes": _range(network.trips["minutes"]),
        "lane_hours": _range(network.lanes["hours"]),
        "capacity_starts_per_year": _range(network.options.loc[~_central(network), "capacity"]),
        "vein_to_vein_d": _range(network.makings["vein_to_vein_d"]),
    }


def _central(network: Network) -> np.ndarray:
    return network.sites["is_central"].to_numpy(bool)[network.options["site"]]


def _range(values: Any) -> list[float] | None:
    return [float(values.min()), float(values.max())] if len(values) else None


def network_lines(figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every figure of `describe_network` as a name and its value in words."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from ((f"{name} {key}", f"{amount:,.1f}") for key, amount in value.items())
        elif isinstance(value, list):
            yield name, f"{value[0]:,.1f} to {value[1]:,.1f}"
        else:
            yield name, "none" if value is None else f"{value:,}"


def network_text(network: Network, figures: dict[str, Any]) -> str:
    """Return the figures of `describe_network` as text."""
    lines = [f"Network of {network.name}", *(f"  {name:<40} {value}" for name, value in network_lines(figures))]
    return "\n".join([*lines, *(f"  note: {note}" for note in network.notes)])
