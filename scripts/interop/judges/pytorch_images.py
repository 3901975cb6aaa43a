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
classes, of = model.generator.classes, model.generator
z = torch.from_numpy(exchange.read(inputs, "z", -1, of.dense.in_features - classes))
size = of.base << of.levels
images = torch.from_numpy(exchange.read(inputs, "images", z.shape[0], size, size, -1))
labels = [torch.from_numpy(exchange.read(inputs, "labels", -1, classes)).argmax(1)] if classes else []
with torch.no_grad():
    drawn, logits = model.generator(z, *labels), model.discriminator(images, *labels)
exchange.write(outputs, images=drawn.numpy(), logits=logits.numpy())
save_file(model.state_dict(), f"{outputs}/weights.safetensors")
print(exchange.package(torch.nn.Module))
