"""What a proof compares Lambda's INIT with."""

from __future__ import annotations

from infra.proof_facts import lab_init
from lab.experiments.support import results_file


def test_the_lab_s_init_is_that_of_the_package() -> None:
    """It was that of this tree, with everything that is installed beside it."""
    lab = lab_init(results_file.RESULTS)
    figures = results_file.read(results_file.RESULTS).experiments["one_or_many"].figures
    (package,) = [each for each in figures if (each.case, each.measure) == ("one function", "INIT alone")]
    assert lab.spread == package.spread
