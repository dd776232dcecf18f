"""What decoding takes, from the header alone: the rate of the format, and what else it depends on."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from app.imaging.cost import FIXED_CPU, FIXED_MEMORY, Cost
from app.imaging.cost.frame import DecodeCost, coded_bytes, plain_bytes, plain_peak
from app.imaging.cost.rates import DECODE, DECODE_ANIMATED, MASKED
from app.imaging.headers import Header
from app.imaging.steps.costs import PASS

# What each row and each column takes beside its pixels, in pointers and in weights of the resampler: bytes and seconds.
LINE, LINE_CPU = 70, 0.2e-6
# JPEG: seconds per byte of the file, of a progressive file, and per pixel put out.
JPEG_BYTE, JPEG_PROGRESSIVE_BYTE, JPEG_PIXEL = 9e-9, 42e-9, 14e-9
# JPEG: seconds per sample where last bits are missing, which its decoder smooths over.
JPEG_SMOOTHED: Final = 0.8e-9
# JPEG: bytes per pixel beside the picture, and with four inks.
JPEG_BESIDE, JPEG_CMYK_BESIDE = 0.1, 0.5
# PNG: seconds per byte of samples.
PNG_BYTE: Final = 9e-9
# HEIC: seconds per byte of the file, and per pixel put out; bytes and seconds per sample, of eight bits and of more;
# the share of these bytes that gray takes; how many copies of the file there are.
HEIC_BYTE, HEIC_PIXEL = 30e-9, 12e-9
HEIC_SAMPLE, HEIC_DEEP_SAMPLE = (6.0, 64e-9), (9.0, 80e-9)
HEIC_GRAY, HEIC_COPIES = 0.5, 3.2
# HEIC: bytes per pixel of alpha beside the frame, which is enlarged where it is stored in fewer pixels.
HEIC_ALPHA: Final = 3.0
# Run-length coded BMPs are decoded in Python: seconds per byte of the file, and per pixel, for pixels that a line
# leaves out, and those of four bits, are made one by one.
RUN_LENGTH_BYTE, RUN_LENGTH_PIXEL = 0.55e-6, 180e-9
# AVIF: seconds per byte of the file, and per pixel put out, which alpha is decoded for too.
AVIF_BYTE, AVIF_PIXEL, AVIF_PIXEL_ALPHA = 75e-9, 30e-9, 50e-9
# AVIF: bytes per pixel beside the samples, with alpha, and of each byte of samples; what an animation takes more.
AVIF_BESIDE, AVIF_BESIDE_ALPHA, AVIF_SAMPLE, AVIF_ANIMATED = 9.0, 10.5, 1.15, 7.5
# The most samples that a pixel of an AVIF has: color without a halved plane, and alpha.
AVIF_MOST_SAMPLES: Final = 4.0
# How many frames the decoder of an animation keeps for others to refer to: AV1, section 7.20.
AVIF_REFERENCES: Final = 8
# TIFF: bytes per pixel beside picture and block; seconds per pixel, and per byte that is unpacked.
TIFF_BESIDE, TIFF_PIXEL, TIFF_BYTE = 0.5, 20e-9, 10e-9
# TIFF: seconds per byte that is unpacked by LZMA, whose window is as large as the block.
TIFF_LZMA_BYTE: Final = 40e-9
# Animations: seconds per byte of the file, beside those per pixel, which most frames leave as they are.
ANIMATED_BYTE: Final = {"webp": 55e-9, "png": 6e-9}
WEBP_LOSSLESS_BYTE: Final = 10e-9
# Bytes per pixel of what a decoder of animated WebP paints on.
WEBP_CANVASES: Final = 8
# Seconds per byte that no sample needs: an empty block of deflate takes 11 of them and 1.1 µs, a code of a GIF that
# clears its table three bits.
SURPLUS_BYTE: Final = {"png": 0.1e-6, "tiff": 0.1e-6, "gif": 12e-9}
# How many copies of EXIF and profiles there are while a file is read, and the seconds per byte of these.
METADATA_COPIES, METADATA_BYTE = 5, 25e-9


def decode_cost(header: Header, shrink: int) -> DecodeCost:
    """Return what one frame takes; ``shrink`` is how much a JPEG decoder reduces by itself."""
    pixels, lines = _pixel_cost(header, shrink), header.stored_width + header.stored_height
    held = LINE * lines
    once = _looks(header) * SURPLUS_BYTE.get(header.format, 0.0) * header.surplus
    cpu = pixels.cpu + LINE_CPU * lines
    return replace(pixels, peak=pixels.peak + held, cpu=cpu, frame=pixels.frame + held, once=once)


def _pixel_cost(header: Header, shrink: int) -> DecodeCost:
    if header.format == "avif":
        return _avif(header)
    # The still picture of an APNG that hides it is not decoded: the first frame is, as that of an animation.
    if header.animated or header.hidden:
        return _animated(header)
    if header.format == "jpeg":
        return _jpeg(header, shrink)
    if header.format == "png":
        return _png(header)
    if header.format == "heic":
        return _heic(header)
    if header.format == "tiff":
        return _tiff(header)
    rate = MASKED if header.masks else DECODE[header.format]
    peak = max(rate.bytes(header.alpha) * header.pixels, plain_peak(header) * header.pixels)
    cpu = rate.seconds(header.alpha) * header.pixels
    if header.run_length:
        cpu += RUN_LENGTH_BYTE * header.bytes + RUN_LENGTH_PIXEL * header.pixels
    return DecodeCost(peak, cpu, plain_bytes(header) * header.pixels)


def verify_cost(header: Header) -> Cost:
    """Return the cost of decoding every frame once, which is what an upload does."""
    whole = replace(header, unseen={})
    spent = decode_cost(whole, 8 if header.format == "jpeg" else 1)
    memory = int(header.bytes + FIXED_MEMORY + METADATA_COPIES * header.metadata + spent.peak)
    return Cost(memory, spent.seconds(header.frames) + METADATA_BYTE * header.metadata + FIXED_CPU)


def _animated(header: Header) -> DecodeCost:
    rate = DECODE_ANIMATED[header.format]
    pixels = max(header.pixels, header.layer)
    memory = peak = rate.bytes(header.alpha) * pixels
    if header.format == "webp":
        # Its decoder has a copy of the file, and is given one that lives until there are canvases.
        peak = header.bytes + max(memory, header.bytes + WEBP_CANVASES * pixels)
    byte = WEBP_LOSSLESS_BYTE if header.lossless else ANIMATED_BYTE.get(header.format, 0.0)
    cpu = rate.seconds(header.alpha) * pixels
    return DecodeCost(peak, cpu, memory, byte * header.coded, byte * header.largest)


def _jpeg(header: Header, shrink: int) -> DecodeCost:
    if header.open_ended:
        # decoded twice, and whole, before it is decoded as it is needed
        checked = _jpeg(replace(header, open_ended=False), 1)
        wanted = _jpeg(replace(header, open_ended=False), shrink)
        return DecodeCost(checked.peak, 2 * checked.cpu + wanted.cpu, wanted.frame)
    frame = plain_bytes(header) * header.pixels / shrink**2
    cpu = JPEG_PIXEL * header.pixels / shrink**2
    if header.scans == 1:
        beside = JPEG_CMYK_BESIDE if header.mode == "CMYK" else JPEG_BESIDE
        return DecodeCost(frame + beside * header.pixels, cpu + JPEG_BYTE * coded_bytes(header), frame)
    # The coefficients, two bytes each, are all kept until the last scan, also where each scan is of one color.
    samples = header.samples_per_pixel * header.pixels
    unseen = header.unseen.get(shrink, ())
    coded = coded_bytes(header) - sum(end - begin for begin, end in unseen)
    cpu += (JPEG_PROGRESSIVE_BYTE if header.progressive else JPEG_BYTE) * coded
    cpu += 0.5e-9 * samples * (header.scans - len(unseen)) + (JPEG_SMOOTHED * samples if unseen else 0.0)
    return DecodeCost(frame + 2.1 * samples, cpu, frame)


def _png(header: Header) -> DecodeCost:
    samples = header.samples_per_pixel * max(1.0, header.depth / 8) * header.pixels
    cpu = _looks(header) * PNG_BYTE * samples + 2 * PASS * header.pixels
    return DecodeCost(plain_peak(header) * header.pixels, cpu, plain_bytes(header) * header.pixels)


def _looks(header: Header) -> int:
    """Return how often pixels are decoded: a transparent color of 16 bits takes a second look at a PNG."""
    return 2 if header.format == "png" and header.depth == 16 and header.mode == "RGB" and header.alpha else 1


def _heic(header: Header) -> DecodeCost:
    bytes_each, seconds_each = HEIC_DEEP_SAMPLE if header.depth > 8 else HEIC_SAMPLE
    frame, samples = plain_bytes(header) * header.pixels, header.samples_per_pixel * header.pixels
    # Tiles are decoded one after another, and each is put into its place in the frame.
    tile = (HEIC_GRAY if header.mode == "L" else 1.0) * bytes_each * samples / header.tiles
    joined = frame + (HEIC_ALPHA * header.pixels if header.alpha else 0.0)
    peak = HEIC_COPIES * coded_bytes(header) + tile + (joined if header.tiles > 1 else 0.0)
    cpu = HEIC_BYTE * coded_bytes(header) + seconds_each * samples + HEIC_PIXEL * header.pixels
    return DecodeCost(max(peak, 3 * frame if header.mode == "RGBa" else 0.0), cpu, frame)


def _avif(header: Header) -> DecodeCost:
    # A tile may be far larger than the picture that is cut from it.
    pixels = max(header.pixels, header.layer, header.samples_per_pixel * header.pixels / AVIF_MOST_SAMPLES)
    frame = plain_bytes(header) * pixels
    samples = header.samples_per_pixel * (2 if header.depth > 8 else 1) * header.pixels
    beside = (AVIF_BESIDE_ALPHA if header.alpha else AVIF_BESIDE) * pixels
    # Nearly all the time goes into what is coded, and that of lossless noise is six times that of a usual quality.
    cpu = AVIF_BYTE * coded_bytes(header) / header.frames
    cpu += (AVIF_PIXEL_ALPHA if header.alpha else AVIF_PIXEL) * pixels * max(1.0, header.pictures)
    if header.grain:
        beside += samples
    more = AVIF_ANIMATED * pixels + min(AVIF_REFERENCES, header.frames) * samples if header.animated else 0.0
    # EXIF is hidden from the decoder in a copy of the file.
    copies = 2 * header.bytes if any(header.exif) else 0
    return DecodeCost(beside + AVIF_SAMPLE * samples + more + copies, cpu, frame + more)


def _tiff(header: Header) -> DecodeCost:
    frame = plain_bytes(header) * header.pixels
    lzma = header.packing == "lzma"
    # The decoder keeps its block until the picture has been turned, which is another copy.
    decoding = (2 if header.turned > 1 else 1) * frame + (2 if lzma else 1) * header.block + TIFF_BESIDE * header.pixels
    cpu = TIFF_PIXEL * header.pixels + (TIFF_LZMA_BYTE if lzma else TIFF_BYTE) * header.unpacked
    if header.packing == "jpeg":
        cpu = JPEG_PIXEL * header.covered + JPEG_BYTE * header.coded
    return DecodeCost(max(decoding, plain_peak(header) * header.pixels), cpu, frame)
