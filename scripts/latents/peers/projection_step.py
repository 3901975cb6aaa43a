"""A step of a search for latent vectors in PyTorch: the package's own generator, the mean square of 128 images, Adam."""

import json
import pathlib
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

ROWS, LATENT, WARM_UP = 128, 100, 5
GENERATOR = pathlib.Path(__file__).parents[3] / "lib" / "generation" / "digits.safetensors"


def read(path: pathlib.Path) -> dict[str, torch.Tensor]:
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, about in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in about["data_offsets"])
        numbers = np.frombuffer(content[begin:end], np.float16).astype(np.float32).reshape(about["shape"])
        tensors[name] = torch.from_numpy(numbers)
    return tensors


torch.set_num_threads(int(sys.argv[1]))
weights = {
    name: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
    for name, value in read(GENERATOR).items()
}


def normed(x: torch.Tensor, name: str) -> torch.Tensor:
    own = [weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
    return F.leaky_relu(F.batch_norm(x, *own, training=False, eps=1e-3), 0.3)


def enlarged(x: torch.Tensor, name: str) -> torch.Tensor:
    size = 2 * x.shape[2]
    return F.conv_transpose2d(x, weights[f"{name}.weight"], stride=2, padding=1)[:, :, :size, :size]


def generate(z: torch.Tensor) -> torch.Tensor:
    x = normed(z @ weights["generator.dense.weight"].T, "generator.norm1")
    x = x.view(-1, 7, 7, 256).permute(0, 3, 1, 2)
    x = F.conv_transpose2d(x, weights["generator.conv1.weight"], padding=2)
    x = enlarged(normed(x, "generator.norm2"), "generator.conv2")
    return enlarged(normed(x, "generator.norm3"), "generator.conv3").tanh()


source = torch.Generator().manual_seed(7)
with torch.no_grad():
    targets = generate(torch.randn(ROWS, LATENT, generator=source))
z = torch.randn(ROWS, LATENT, generator=source).requires_grad_()
adam = torch.optim.Adam([z], lr=0.1, fused=True)


def step() -> torch.Tensor:
    adam.zero_grad(set_to_none=True)
    loss = (generate(z) - targets).square().flatten(1).mean(1).sum()
    loss.backward(inputs=[z])
    adam.step()
    return loss


def run(steps: int) -> float:
    for _ in range(steps):
        loss = step()
    return loss.item()


def answer(message: dict) -> None:
    print(json.dumps(message), flush=True)


run(WARM_UP)
answer({"name": "PyTorch", "versions": {"torch": torch.__version__}})
for line in sys.stdin:
    began, processor = time.perf_counter(), time.process_time()
    loss = run(int(line.split()[1]))
    seconds = time.perf_counter() - began
    answer({"seconds": seconds, "cpuSeconds": time.process_time() - processor, "losses": [loss]})
