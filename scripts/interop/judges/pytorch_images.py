"""The module of docs/pytorch opens our file, draws, and is saved anew: `pytorch_images.py EXPORTED INPUTS OUTPUTS`."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import exchange

sys.path.insert(0, str(Path(__file__).parents[3] / "docs" / "pytorch"))
import dcgan  # noqa: E402

exported, inputs, outputs = sys.argv[1:]
model = dcgan.load(f"{exported}/weights.safetensors")
z = torch.from_numpy(exchange.read(inputs, "z", -1, model.generator.dense.in_features))
images = torch.from_numpy(exchange.read(inputs, "images", -1, 28, 28, 1))
with torch.no_grad():
    exchange.write(outputs, images=model.generator(z).numpy(), logits=model.discriminator(images).numpy())
save_file(model.state_dict(), f"{outputs}/weights.safetensors")
print(exchange.package(torch.nn.Module))
