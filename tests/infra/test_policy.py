from __future__ import annotations

from infra.policy import policy_files


def test_policy_files_are_up_to_date() -> None:
    for path, text in policy_files().items():
        assert path.read_text() == text, f"{path.name} is stale: run python -m infra.policy"
