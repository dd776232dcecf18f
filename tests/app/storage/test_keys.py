from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.errors import NotFound
from app.storage import keys

ID = 16 * "0a"


def test_every_kind_of_object_has_a_prefix_of_its_own() -> None:
    made = {
        keys.ORIGINALS: keys.original(ID),
        keys.DERIVED: keys.derived(ID, "variant"),
        keys.RESIZED: keys.resized(480, "inbox/a b.jpg"),
        keys.INCOMING: keys.incoming(ID),
        keys.JOBS: keys.job(ID),
    }
    for prefix, key in made.items():
        assert [each for each in made if key.startswith(each)] == [prefix]
    assert made[keys.RESIZED] == "resized/480-a b.jpg"


def test_keys_of_one_upload_job_or_image_differ() -> None:
    assert keys.incoming(ID) != keys.receipt(ID)
    assert len({keys.job(ID), keys.job_body(ID), keys.job_body(ID, ID), keys.job_of(ID, ID)}) == 4
    assert keys.derived(ID, "variant").startswith(keys.derived(ID))
    assert keys.job_of(ID, ID).startswith(keys.job_of(ID))


@pytest.mark.parametrize("check", [keys.check_id, keys.check_job])
@pytest.mark.parametrize("text", ["", ID[1:], ID + "0", ID.upper(), "g" + ID[1:], f"../{ID[3:]}", ID + "\n"])
def test_text_that_is_not_an_id_is_not_found(check: Callable[[str], str], text: str) -> None:
    assert check(ID) == ID
    with pytest.raises(NotFound):
        check(text)


@pytest.mark.parametrize(
    "key", ["", "originals/a", "inbox", "inbox/../originals/a", "inbox/..", "inbox/./a", "inbox/\ud800", "/inbox/a"]
)
def test_keys_outside_of_the_inbox_are_not_found(key: str) -> None:
    assert keys.check_inbox("inbox/a..b/c.jpg") == "inbox/a..b/c.jpg"
    with pytest.raises(NotFound):
        keys.check_inbox(key)
