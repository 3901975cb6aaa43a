"""The networks of a `dcgan-native export --format safetensors` in PyTorch: `python dcgan.py weights.safetensors`."""

import sys

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import leaky_relu, one_hot, pad


class Generator(nn.Module):
    """z [N, latent] -> images [N, S, S, C] in [-1, 1]; with classes also labels [N]."""

    def __init__(self, latent_size=100, base=7, levels=2, features=64, channels=1, classes=0):
        super().__init__()
        self.base, self.levels, self.classes = base, levels, classes
        width = features << levels
        self.dense = nn.Linear(latent_size + classes, base * base * width, bias=False)
        self.norm1 = nn.BatchNorm1d(base * base * width, eps=1e-3, momentum=0.01)
        for level in range(levels + 1):
            narrower = channels if level == levels else width // 2
            # "same" with stride 2 crops 1 row and column before and 2 after: 1 by the padding, the other one in forward.
            stride = {"stride": 1, "padding": 2} if level == 0 else {"stride": 2, "padding": 1}
            self.add_module(f"conv{level + 1}", nn.ConvTranspose2d(width, narrower, 5, bias=False, **stride))
            if level < levels:
                self.add_module(f"norm{level + 2}", nn.BatchNorm2d(narrower, eps=1e-3, momentum=0.01))
            width = narrower

    def forward(self, z, labels=None):
        if self.classes:
            z = torch.cat([z, one_hot(labels, self.classes).to(z.dtype)], 1)
        x = leaky_relu(self.norm1(self.dense(z)), 0.3)
        x = x.view(x.shape[0], self.base, self.base, -1).permute(0, 3, 1, 2)
        for level in range(self.levels + 1):
            if level > 0:
                x = leaky_relu(getattr(self, f"norm{level + 1}")(x), 0.3)
            size = self.base << level
            x = getattr(self, f"conv{level + 1}")(x)[:, :, :size, :size]
        return torch.tanh(x).permute(0, 2, 3, 1)


class Discriminator(nn.Module):
    """images [N, S, S, C] -> logits [N, 1]; with classes also labels [N]."""

    def __init__(self, base=7, levels=2, features=64, channels=1, classes=0, dropout=0.3):
        super().__init__()
        self.levels = levels
        width = channels
        for level in range(levels):
            self.add_module(f"conv{level + 1}", nn.Conv2d(width, features << level, 5, stride=2))
            width = features << level
        self.dense = nn.Linear(base * base * width, 1)
        self.classes = nn.Embedding(classes, base * base * width) if classes else None
        self.dropout = nn.Dropout(dropout)

    def forward(self, images, labels=None):
        x = images.permute(0, 3, 1, 2)
        for level in range(self.levels):
            # "same" with stride 2: 1 before, 2 after.
            x = getattr(self, f"conv{level + 1}")(pad(x, (1, 2, 1, 2)))
            x = self.dropout(leaky_relu(x, 0.3))
        x = x.permute(0, 2, 3, 1).flatten(1)
        logits = self.dense(x)
        return logits if self.classes is None else logits + (x * self.classes(labels)).sum(1, keepdim=True)


class DCGAN(nn.Module):
    def __init__(self, latent_size=100, **sizes):
        super().__init__()
        self.generator = Generator(latent_size, **sizes)
        self.discriminator = Discriminator(**sizes)


def sizes_of(weights):
    """What the networks of a file are, by the shapes of its tensors."""
    shape = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    levels = sum(name.startswith("generator.conv") for name in shape) - 1
    width = shape["generator.conv1.weight"][0]
    classes = shape.get("discriminator.classes.weight", (0,))[0]
    numbers, inputs = shape["generator.dense.weight"]
    return {
        "latent_size": inputs - classes,
        "base": round((numbers / width) ** 0.5),
        "levels": levels,
        "features": width >> levels,
        "channels": shape[f"generator.conv{levels + 1}.weight"][1],
        "classes": classes,
    }


def load(path):
    """Both networks of an exported file, ready for inference."""
    weights = load_file(path)
    model = DCGAN(**sizes_of(weights))
    model.load_state_dict(weights, strict=True)
    return model.eval()


if __name__ == "__main__":
    model = load(sys.argv[1])
    classes = model.generator.classes
    labels = [torch.arange(16) % classes] if classes else []
    with torch.no_grad():
        images = model.generator(torch.randn(16, model.generator.dense.in_features - classes), *labels)
        print(tuple(images.shape), model.discriminator(images, *labels).flatten().tolist())
