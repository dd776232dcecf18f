"""What the header of a JPEG says, and what is left to its decoder."""

from __future__ import annotations

import numpy as np
import pytest

from app import imaging
from app.core.deadline import Deadline
from app.core.errors import UndecodableImage
from app.imaging.headers import jpeg
from bench.cost_model.variants import separate_scans
from tests.support import drawing, profiles
from tests.support.work import LIMITS, picture

PHOTO = drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92)


@pytest.mark.parametrize("kind", ["plain", "RGB", "renumbered"])
def test_what_the_components_mean_is_left_to_the_decoder(kind: str) -> None:
    """A file that numbers its components 0, 1 and 2 may hold anything, and Adobe's marker may say that it holds RGB."""
    at = PHOTO.index(b"\xff\xc0")
    assert [PHOTO[at + 10 + 3 * index] for index in range(3)] == [1, 2, 3]
    renumbered = bytearray(PHOTO)
    scan = PHOTO.index(b"\xff\xda")
    for index in range(3):
        renumbered[at + 10 + 3 * index] -= 1
        renumbered[scan + 5 + 2 * index] -= 1
    data = {
        "plain": PHOTO,
        "RGB": drawing.encoded(drawing.photo(320, 240), "JPEG", quality=92, keep_rgb=True),
        "renumbered": bytes(renumbered),
    }[kind]
    assert imaging.probe(data, LIMITS).mode == "RGB"
    full = drawing.opened(data).convert("RGB").resize((80, 60))
    assert np.abs(drawing.array(picture(data, width=80, format="png")) - drawing.array(full)).mean() < 2


def without_end(data: bytes) -> bytes:
    assert data.endswith(b"\xff\xd9")
    return data[:-2]


KINDS = {
    "baseline": PHOTO,
    "progressive": drawing.encoded(drawing.photo(320, 240), "JPEG", progressive=True),
    "gray": drawing.encoded(drawing.photo(320, 240).convert("L"), "JPEG"),
    "restarts": drawing.encoded(drawing.photo(320, 240), "JPEG", restart_marker_blocks=4),
    "CMYK": drawing.encoded(drawing.photo(320, 240).convert("CMYK"), "JPEG"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_lacks_nothing_but_its_end_is_shown(kind: str) -> None:
    whole = KINDS[kind]
    for width in (320, 80):
        assert picture(without_end(whole), width=width).tobytes() == picture(whole, width=width).tobytes()
    imaging.verify(without_end(whole), LIMITS, Deadline.after(60))


@pytest.mark.parametrize("missing", [0.6, 0.2, 0.02])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_file_is_refused_whether_it_has_an_end_or_not(kind: str, missing: float) -> None:
    whole = without_end(KINDS[kind])
    cut = whole[: int(len(whole) * (1 - missing))]
    ends = [b"", b"\xff\xd9", b"\xff\xd9" + bytes(500)]
    if kind == "progressive" and missing < 0.3:
        ends = [b""]  # a cut in the last scan of one with an end cannot be told
    for end in ends:
        with pytest.raises(UndecodableImage):
            picture(cut + end, width=80)
        with pytest.raises(UndecodableImage):
            imaging.verify(cut + end, LIMITS, Deadline.after(60))


@pytest.mark.parametrize("more", [b"trailing", bytes(3000), PHOTO, PHOTO[:5000]])
def test_what_follows_the_end_is_nothing(more: bytes) -> None:
    assert picture(PHOTO + more).tobytes() == picture(PHOTO).tobytes()


def test_the_decoder_gets_no_metadata() -> None:
    """Pillow would unpack EXIF whose entries all refer to the same kilobytes, and so fill the memory."""
    data = drawing.encoded(
        drawing.photo(96, 64), "JPEG", exif=drawing.author("A. Nother"), icc_profile=profiles.rgb(), comment=b"secret"
    )
    stripped = b"".join(jpeg.strip(data))
    for part in (b"Exif", b"ICC_PROFILE", b"secret", b"A. Nother"):
        assert part in data
        assert part not in stripped
    assert b"Adobe" in b"".join(jpeg.strip(KINDS["CMYK"]))


def test_exif_may_be_continued_in_another_segment() -> None:
    block = drawing.author("A. Nother")
    pieces = (block[6:50], block[50:])
    segments = b"".join(segment(0xE1, b"Exif\0\0" + piece) for piece in pieces)
    assert b"".join(jpeg.scan(PHOTO[:2] + segments + PHOTO[2:]).exif) == block[6:]


@pytest.mark.parametrize(
    ("numbers", "whole"),
    [
        ([(1, 2), (2, 2)], True),
        ([(1, 2), (2, 2), (1, 2), (2, 2)], True),
        ([(2, 2), (1, 2)], False),
        ([(1, 2)], False),
        ([(1, 3), (2, 3)], False),
    ],
)
def test_a_profile_counts_when_all_its_pieces_are_there(numbers: list[tuple[int, int]], whole: bool) -> None:
    profile = profiles.rgb()
    halves = [profile[:100], profile[100:]] * 2
    pieces = zip(numbers, halves, strict=False)
    head = b"".join(segment(0xE2, b"ICC_PROFILE\0" + bytes(number) + half) for number, half in pieces)
    found = imaging.probe(PHOTO[:2] + head + PHOTO[2:], LIMITS).profile
    assert (found == profile) == whole


def test_samples_of_12_bits_are_refused_with_words() -> None:
    at = PHOTO.index(b"\xff\xc0") + 4
    with pytest.raises(UndecodableImage, match="a JPEG of 12 bits per sample is not supported"):
        imaging.probe(PHOTO[:at] + b"\x0c" + PHOTO[at + 1 :], LIMITS)


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


@pytest.mark.parametrize(
    "head",
    [6000 * segment(0xE5, b""), 4000 * (bytes((0xFF,)) * 40 + segment(0xE5, b""))],
    ids=["more segments than any file needs", "more fills"],
)
def test_no_time_goes_into_what_no_file_needs(head: bytes) -> None:
    with pytest.raises(UndecodableImage, match="broken"):
        imaging.probe(PHOTO[:2] + head + PHOTO[2:], LIMITS)


@pytest.mark.parametrize("padding", [b"\xff\xff", b"\xff\x00", b"\x00"])
def test_bytes_between_segments_are_skipped(padding: bytes) -> None:
    """Any marker may follow fill bytes (ITU-T T.81, B.1.1.2), and some cameras write others, too."""
    at = PHOTO.index(b"\xff\xdb")
    padded = PHOTO[:at] + padding + PHOTO[at:]
    assert imaging.probe(padded, LIMITS).pixels == imaging.probe(PHOTO, LIMITS).pixels
    assert picture(padded).tobytes() == picture(PHOTO).tobytes()


def test_the_scans_of_a_jpeg_that_is_not_progressive_are_counted() -> None:
    assert jpeg.scan(PHOTO).scans == jpeg.scan(without_end(PHOTO)).scans == 1
    second = PHOTO[PHOTO.index(b"\xff\xda") : -2]
    assert jpeg.scan(without_end(PHOTO) + second).scans == 1, "a decoder has all pixels after the first"
    assert jpeg.scan(separate_scans(drawing.noise(64, 64))).scans == 3


@pytest.mark.parametrize("kept", [1, 2])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_a_color_without_its_scan_is_refused_also_with_an_end(kept: int, end: bytes) -> None:
    """libjpeg makes gray of what is missing, without a word."""
    data = separate_scans(drawing.noise(64, 64))
    heads = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    with pytest.raises(UndecodableImage):
        imaging.probe(data[: heads[kept]] + end, LIMITS)


def test_what_a_scan_says_of_coefficients_counts_in_progressive_files_only() -> None:
    """Decoders pass over it elsewhere, and some encoders write zeros."""
    data = separate_scans(drawing.noise(64, 64))
    zeros = data.replace(b"\0\x3f\0", bytes(3))
    assert zeros.count(b"\0\x3f\0") == 0
    assert imaging.probe(zeros, LIMITS).scans == 3
    assert picture(zeros).tobytes() == picture(data).tobytes()


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF])
def test_rare_kinds_of_coding_are_refused_by_name(marker: int) -> None:
    with pytest.raises(UndecodableImage, match="expected baseline or progressive"):
        jpeg.scan(PHOTO.replace(b"\xff\xc0", bytes((0xFF, marker)), 1))
