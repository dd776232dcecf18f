"""Asks a real browser how it shows an animation, through the decoder that its pages use (WebCodecs' ImageDecoder)."""

from __future__ import annotations

import base64

import msgspec
import numpy as np
from numpy.typing import NDArray
from selenium import webdriver

DECODE = """
const [data, type, done] = arguments;
(async () => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const decoder = new ImageDecoder({ data: bytes, type });
  await decoder.tracks.ready;
  await decoder.completed;
  const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
  const frames = [];
  for (let frameIndex = 0; frameIndex < frameCount; frameIndex += 1) {
    const { image } = await decoder.decode({ frameIndex });
    const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, canvas.width, canvas.height);
    let text = '';
    for (const value of pixels) text += String.fromCharCode(value);
    frames.push({ width: canvas.width, height: canvas.height, pixels: btoa(text), duration: image.duration });
    image.close();  // else the browser complains to whoever has its window later
  }
  decoder.close();
  done({ frames, repetitionCount: String(repetitionCount) });
})().catch((error) => done({ error: String(error) }));
"""


class Shown(msgspec.Struct, frozen=True):
    """One frame as RGBA, rows by columns by four, and its milliseconds."""

    pixels: NDArray[np.uint8]
    duration: float


def frames(driver: webdriver.Chrome, data: bytes, media_type: str) -> list[Shown]:
    """Return the frames as the browser shows them; raise ValueError if it does not show the file.

    ImageDecoder needs a secure context: some page of this machine must be open.
    """
    answer = driver.execute_async_script(DECODE, base64.b64encode(data).decode(), media_type)
    if "error" in answer:
        raise ValueError(answer["error"])
    return [_shown(frame) for frame in answer["frames"]]


def _shown(frame: dict[str, str]) -> Shown:
    pixels = np.frombuffer(base64.b64decode(frame["pixels"]), np.uint8)
    return Shown(pixels.reshape(int(frame["height"]), int(frame["width"]), 4), float(frame["duration"] or 0) / 1000)
