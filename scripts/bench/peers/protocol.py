"""How a peer talks to bench.mjs: one JSON line when it is warm, then one for each `run N` on stdin."""

import argparse
import json
import resource
import sys
import time

import numpy as np

WARM_UP_STEPS = 5


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="IDX file of the training images")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--compile", action="store_true", help="PyTorch: torch.compile")
    return parser.parse_args()


def read_images(path: str) -> np.ndarray:
    """[N, 28, 28, 1] uint8 of an IDX file."""
    return np.fromfile(path, np.uint8, offset=16).reshape(-1, 28, 28, 1)


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
