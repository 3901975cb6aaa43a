"""Fills what is missing in pictures as OpenCV and scikit-image do: reads images.npy and masks.npy of a directory."""

import json
import pathlib
import sys

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

directory = pathlib.Path(sys.argv[1])
images, masks = np.load(directory / "images.npy"), np.load(directory / "masks.npy") > 0.5
pixels = np.rint((images + 1) * 127.5).astype(np.uint8)


def by_opencv(method: int) -> np.ndarray:
    filled = [cv2.inpaint(image, mask.astype(np.uint8), 3, method) for image, mask in zip(pixels, masks)]
    return np.where(masks, np.stack(filled) / 127.5 - 1, images)


fillings = {
    "OpenCV, Telea": by_opencv(cv2.INPAINT_TELEA),
    "OpenCV, Navier-Stokes": by_opencv(cv2.INPAINT_NS),
    "scikit-image, biharmonic": np.stack([inpaint_biharmonic(image, mask) for image, mask in zip(images, masks)]),
}
names = {}
for number, (name, filled) in enumerate(fillings.items()):
    names[name] = f"filled-{number}.npy"
    np.save(directory / names[name], np.clip(filled, -1, 1).astype("<f4"))
print(json.dumps(names))
