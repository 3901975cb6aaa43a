"""The networks of a `dcgan-native export --format safetensors` in PyTorch: `python dcgan.py weights.safetensors`."""

import sys

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import leaky_relu, pad


class Generator(nn.Module):
    """z [N, latent] -> images [N, 28, 28, 1] in [-1, 1]."""

    def __init__(self, latent_size=100):
        super().__init__()
        self.dense = nn.Linear(latent_size, 7 * 7 * 256, bias=False)
        self.norm1 = nn.BatchNorm1d(7 * 7 * 256, eps=1e-3, momentum=0.01)
        self.conv1 = nn.ConvTranspose2d(256, 128, 5, stride=1, padding=2, bias=False)
        self.norm2 = nn.BatchNorm2d(128, eps=1e-3, momentum=0.01)
        # "same" with stride 2 crops 1 row and column before and 2 after: 1 by the padding, the other one in forward.
        self.conv2 = nn.ConvTranspose2d(128, 64, 5, stride=2, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(64, eps=1e-3, momentum=0.01)
        self.conv3 = nn.ConvTranspose2d(64, 1, 5, stride=2, padding=1, bias=False)

    def forward(self, z):
        x = leaky_relu(self.norm1(self.dense(z)), 0.3).view(-1, 7, 7, 256).permute(0, 3, 1, 2)
        x = leaky_relu(self.norm2(self.conv1(x)), 0.3)
        x = leaky_relu(self.norm3(self.conv2(x)[:, :, :14, :14]), 0.3)
        return torch.tanh(self.conv3(x)[:, :, :28, :28]).permute(0, 2, 3, 1)


class Discriminator(nn.Module):
    """images [N, 28, 28, 1] -> logits [N, 1]."""

    def __init__(self, dropout=0.3):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, 5, stride=2)
        self.conv2 = nn.Conv2d(64, 128, 5, stride=2)
        self.dense = nn.Linear(7 * 7 * 128, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, images):
        x = images.permute(0, 3, 1, 2)
        for conv in (self.conv1, self.conv2):
            # "same" with stride 2: 1 before, 2 after.
            x = self.dropout(leaky_relu(conv(pad(x, (1, 2, 1, 2))), 0.3))
        return self.dense(x.permute(0, 2, 3, 1).flatten(1))


class DCGAN(nn.Module):
    def __init__(self, latent_size=100):
        super().__init__()
        self.generator = Generator(latent_size)
        self.discriminator = Discriminator()


def load(path):
    """Both networks of an exported file, ready for inference."""
    weights = load_file(path)
    model = DCGAN(latent_size=weights["generator.dense.weight"].shape[1])
    model.load_state_dict(weights, strict=True)
    return model.eval()


if __name__ == "__main__":
    model = load(sys.argv[1])
    with torch.no_grad():
        images = model.generator(torch.randn(16, model.generator.dense.in_features))
        print(tuple(images.shape), model.discriminator(images).flatten().tolist())
