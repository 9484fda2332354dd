"""Study and network of the whole United States: target under 15 s and 2 GiB."""

from __future__ import annotations

from measuring import Stages, peak_mib, table

TARGET_S, TARGET_MIB = 15.0, 2048.0


def both_hops() -> dict[str, float]:
    """Read the embedded study `us` and build its network."""
    stages = Stages()
    from siting import build_network, read_study

    stages.end("import")
    study = read_study("us")
    stages.end("read")
    network = build_network(study)
    stages.end("network")
    rows = {name: len(getattr(network, name)) for name in ("trips", "lanes", "options")}
    return stages.seconds | rows | {"peak": peak_mib()}


MEASURES = {"both_hops": both_hops}


def report(medians: dict[str, dict[str, float]]) -> str:
    """Return the table."""
    found = medians["both_hops"]
    total = found["read"] + found["network"]
    return table(
        ("figure", "found", "target"),
        [
            ("import of siting", f"{found['import']:.1f} s", ""),
            ("hop 1: read and check the study", f"{found['read']:.1f} s", ""),
            ("hop 2: build the network", f"{found['network']:.1f} s", ""),
            ("**hops 1 and 2**", f"**{total:.1f} s**", f"< {TARGET_S:.0f} s"),
            ("**peak memory, imports included**", f"**{found['peak']:,.0f} MiB**", f"< {TARGET_MIB:,.0f} MiB"),
            *((f"rows of {name}", f"{found[name]:,.0f}", "") for name in ("trips", "lanes", "options")),
        ],
    )
