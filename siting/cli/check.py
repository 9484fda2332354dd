"""Command `siting check`."""

from __future__ import annotations

from siting.cli.options import JsonOption, ScenarioOption, SetOption, StudyArgument, read
from siting.console import errors_in_words, show


def check(
    study: StudyArgument, set_: SetOption = None, scenario: ScenarioOption = None, as_json: JsonOption = False
) -> None:
    """Read a study and its network; print what is there, so that a wrong column is seen."""
    from siting.network.describe import describe_network, network_text
    from siting.study.describe import describe, describe_data

    with errors_in_words(as_json):
        from siting.network.build import build_network

        found = read(study, set_, scenario)
        network = build_network(found)
        figures = describe_network(network)
        text = f"{describe(found).rstrip()}\n\n{network_text(network, figures)}"
        show(describe_data(found) | {"network": figures}, as_json, text)
