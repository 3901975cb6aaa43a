"""Event files as TensorBoard reads them: `event_files.py EVENTS EXPECTED FOUND`.

Writes how much is missing, too much or another: once they are written, and while they grow, record by record, with half a
record at the end every other time.
"""

import json
import logging
import struct
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.compat.proto import event_pb2

# It warns of what a resumed run takes the place of, which is what is tried here.
logging.getLogger("tensorboard").setLevel(logging.ERROR)

events, expected_file, found_file = (Path(path) for path in sys.argv[1:])
expected = json.loads(expected_file.read_text())


def accumulator(directory: Path) -> event_accumulator.EventAccumulator:
    """Without a limit to how much of each tag it keeps."""
    return event_accumulator.EventAccumulator(str(directory), size_guidance={"scalars": 0, "images": 0})


def differing(found: list, wanted: list) -> int:
    return sum(a != b for a, b in zip(found, wanted)) + abs(len(found) - len(wanted))


def steps(read: event_accumulator.EventAccumulator) -> dict[str, list[int]]:
    tags = read.Tags()
    found = {tag: [event.step for event in read.Scalars(tag)] for tag in tags["scalars"]}
    found |= {tag: [event.step for event in read.Images(tag)] for tag in tags["images"]}
    return {tag: of_tag for tag, of_tag in found.items() if of_tag}


def records(content: bytes) -> list[bytes]:
    """With their lengths and sums."""
    found, at = [], 0
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        found.append(content[at : at + length + 16])
        at += length + 16
    return found


def differing_while_growing(files: list[Path]) -> int:
    """After how many of the writes something else is seen than what was written."""
    wrong = 0
    wanted: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as grown:
        read = accumulator(Path(grown))
        for file in files:
            with open(Path(grown) / file.name, "wb", buffering=0) as growing:
                for record in records(file.read_bytes()):
                    half = len(record) // 2
                    growing.write(record[:half])
                    wrong += steps(read.Reload()) != wanted
                    growing.write(record[half:])
                    event = event_pb2.Event.FromString(record[12:-4])
                    if event.session_log.status == event_pb2.SessionLog.START:
                        kept = {tag: [step for step in found if step < event.step] for tag, found in wanted.items()}
                        wanted = {tag: found for tag, found in kept.items() if found}
                    for value in event.summary.value:
                        wanted.setdefault(value.tag, []).append(event.step)
                    wrong += steps(read.Reload()) != wanted
    return wrong


files = sorted(events.iterdir())
whole = accumulator(events).Reload()
scalars = {
    tag: differing(
        [(event.step, event.value) for event in whole.Scalars(tag)],
        [(step, float(np.float32(value))) for step, value in wanted],
    )
    for tag, wanted in expected["scalars"].items()
}
pictures = differing(
    [(event.step, event.encoded_image_string) for event in whole.Images("samples")],
    [(step, Path(path).read_bytes()) for step, path in expected["pictures"]],
)
count = sum(len(wanted) for wanted in expected["scalars"].values())
found_file.write_text(
    json.dumps(
        {
            f"{count} scalars in {len(files)} files": sum(scalars.values()),
            f"{len(expected['pictures'])} pictures": pictures,
            "what is seen while files grow": differing_while_growing(files),
        }
    )
)
print(f"tensorboard {version('tensorboard')}")
