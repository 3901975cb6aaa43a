"""How a peer talks to bench.mjs: one JSON line when it is warm, then one for each `run N` on stdin."""

import argparse
import json
import resource
import sys
import time
from typing import NamedTuple

import numpy as np

WARM_UP_STEPS = 5
FEATURES = 64


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="IDX file of the training images")
    parser.add_argument("--labels", help="IDX file of their labels: networks with classes")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--compile", action="store_true", help="PyTorch: torch.compile")
    parser.add_argument("--relativistic", action="store_true", help="PyTorch: this loss, with R1 and R2")
    return parser.parse_args()


class Data(NamedTuple):
    """images [N, S, S, C] uint8, labels [N] uint8 or of length 0"""

    images: np.ndarray
    labels: np.ndarray


def read_idx(path: str) -> np.ndarray:
    dimensions = np.fromfile(path, np.uint8, 4)[3]
    shape = np.fromfile(path, ">u4", dimensions, offset=4)
    return np.fromfile(path, np.uint8, offset=4 + 4 * int(dimensions)).reshape(shape)


def read(options: argparse.Namespace) -> Data:
    images = read_idx(options.data)
    labels = np.zeros(0, np.uint8) if options.labels is None else read_idx(options.labels)
    return Data(images if images.ndim == 4 else images[..., None], labels)


class Recipe:
    """The networks' sizes, from those of the images."""

    def __init__(self, data: Data):
        _, self.size, _, self.channels = data.images.shape
        self.classes = int(data.labels.max()) + 1 if len(data.labels) else 0
        self.levels = 2
        while self.size >> self.levels > 8:
            self.levels += 1
        self.base = self.size >> self.levels
        self.base_channels = FEATURES << self.levels


def serve(name: str, versions: dict, run) -> None:
    """`run(n)` takes n steps and returns the last losses (discriminator's, generator's) once all is computed."""
    run(WARM_UP_STEPS)
    answer({"name": name, "versions": versions})
    for line in sys.stdin:
        steps = int(line.split()[1])
        faults = minor_faults()
        began, processor = time.perf_counter(), time.process_time()
        losses = run(steps)
        seconds = time.perf_counter() - began
        answer(
            {
                "seconds": seconds,
                "steps": steps,
                "cpuSeconds": time.process_time() - processor,
                "minorFaults": minor_faults() - faults,
                "losses": [float(v) for v in losses],
            }
        )


def minor_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def answer(message: dict) -> None:
    print(json.dumps(message), flush=True)
