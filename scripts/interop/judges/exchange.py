"""How a judge and interop.mjs give each other numbers: float32 files in C order, without a header."""

from importlib.metadata import version
from pathlib import Path

import numpy as np


def read(directory: str, name: str, *shape: int) -> np.ndarray:
    return np.fromfile(Path(directory) / f"{name}.f32", np.float32).reshape(shape)


def write(directory: str, **arrays: np.ndarray) -> None:
    for name, values in arrays.items():
        np.ascontiguousarray(values, np.float32).tofile(Path(directory) / f"{name}.f32")


def package(member: type) -> str:
    """The package that a class is of, with its version: `tf-keras 2.21.0`."""
    name = member.__module__.split(".")[0].replace("_", "-")
    return f"{name} {version(name)}"
