"""The recipe's training step in PyTorch, as fast as we could make it on a CPU: channels-last, fused Adam.

bfloat16 is autocast. As in our own step, one backward pass through the discriminator serves both losses: an image's
gradient of the generator's loss is that of the discriminator's times -exp(-logit). Two passes, as the usual program has
them, took some 9 % more processor time in float32 and 4 % in bfloat16. Real and fake images as one batch were no faster.
`--relativistic` is the relativistic pairing loss with R1 and R2 instead. Both penalties take one double backward pass, whose
first half gives the generator's gradient as well.
`--compile` runs both networks through torch.compile.
"""

import torch
import torch.nn.functional as F
from torch import nn

import protocol

LATENT, DROPOUT = 100, 0.3
# What R1 and R2 count with.
PENALTY = 1.0


class Crop(nn.Module):
    """The first `size` rows and columns: with padding 1 this is Keras's "same" for a stride of 2."""

    def __init__(self, size: int):
        super().__init__()
        self.size = size

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :, : self.size, : self.size]


class FromDense(nn.Module):
    """[B, S S C] in HWC order -> [B, C, S, S], channels-last without a copy."""

    def __init__(self, size: int, channels: int):
        super().__init__()
        self.shape = (-1, size, size, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.view(self.shape).permute(0, 3, 1, 2)


class ToDense(nn.Module):
    """[B, C, S, S], channels-last -> [B, S S C] in HWC order, without a copy."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def make_generator(recipe: protocol.Recipe) -> nn.Module:
    def norm(kind, features):
        return [kind(features, eps=1e-3, momentum=0.01), nn.LeakyReLU(0.3, inplace=True)]

    size, channels = recipe.base, recipe.base_channels
    features = size * size * channels
    layers = [nn.Linear(LATENT + recipe.classes, features, bias=False), *norm(nn.BatchNorm1d, features)]
    layers += [FromDense(size, channels), nn.ConvTranspose2d(channels, channels // 2, 5, padding=2, bias=False)]
    for level in range(recipe.levels):
        channels, size = channels // 2, size * 2
        wanted = recipe.channels if size == recipe.size else channels // 2
        layers += norm(nn.BatchNorm2d, channels)
        layers += [nn.ConvTranspose2d(channels, wanted, 5, stride=2, padding=1, bias=False), Crop(size)]
    return nn.Sequential(*layers, nn.Tanh())


class Discriminator(nn.Module):
    """With classes: a projection, which adds the inner product of the features with a row of the class."""

    def __init__(self, recipe: protocol.Recipe):
        super().__init__()
        # "same" for a stride of 2 pads 1 before and 2 after.
        same, layers, before = nn.ZeroPad2d((1, 2, 1, 2)), [], recipe.channels
        for level in range(recipe.levels):
            after = protocol.FEATURES << level
            layers += [same, nn.Conv2d(before, after, 5, stride=2), nn.LeakyReLU(0.3, inplace=True), nn.Dropout(DROPOUT)]
            before = after
        self.features = nn.Sequential(*layers, ToDense())
        self.dense = nn.Linear(recipe.base * recipe.base * before, 1)
        self.classes = nn.Linear(recipe.classes, self.dense.in_features, bias=False) if recipe.classes else None

    def forward(self, x: torch.Tensor, hot: torch.Tensor | None) -> torch.Tensor:
        features = self.features(x)
        logit = self.dense(features)
        return logit if hot is None else logit + (features * self.classes(hot)).sum(1, keepdim=True)


def usual_gradients(discriminator, parameters, real, seen, hot):
    """Cross entropies. The discriminator's gradients, the fake images' of the generator's loss, and both losses."""
    on_real, on_fake = discriminator(real, hot).float(), discriminator(seen, hot).float()
    # softplus(-l) and softplus(l) are the cross entropies of a logit with 1 and with 0.
    loss = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
    *gradients, of_seen = torch.autograd.grad(loss, [*parameters, seen])
    on_fake = on_fake.detach()
    of_fake = of_seen * -torch.exp(-on_fake).view(-1, 1, 1, 1).to(of_seen.dtype)
    return gradients, of_fake, loss.detach(), F.softplus(-on_fake).mean()


def relativistic_gradients(discriminator, parameters, real, seen, hot):
    """The same of softplus(fake - real) of each pair, and half of each image's squared gradient times PENALTY."""
    real = real.detach().requires_grad_()
    on_real, on_fake = discriminator(real, hot).float(), discriminator(seen, hot).float()
    of_images = torch.autograd.grad(on_real.sum() + on_fake.sum(), [real, seen], create_graph=True)
    penalties = sum(gradient.float().square().sum((1, 2, 3)).mean() for gradient in of_images)
    difference = on_fake - on_real
    loss = F.softplus(difference).mean()
    gradients = torch.autograd.grad(loss + PENALTY / 2 * penalties, parameters)
    difference = difference.detach()
    of_seen = of_images[1].detach()
    of_fake = of_seen * (-torch.sigmoid(-difference) / len(difference)).view(-1, 1, 1, 1).to(of_seen.dtype)
    return gradients, of_fake, loss.detach(), F.softplus(-difference).mean()


def make_step(data: protocol.Data, recipe: protocol.Recipe, options):
    batch, bfloat16 = options.batch, options.precision == "bfloat16"
    generator = make_generator(recipe).to(memory_format=torch.channels_last)
    discriminator = Discriminator(recipe).to(memory_format=torch.channels_last)
    networks = [list(generator.parameters()), list(discriminator.parameters())]
    for parameter in [*networks[0], *networks[1]]:
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
    adam = [torch.optim.Adam(own, lr=1e-4, eps=1e-7, fused=True) for own in networks]
    images, labels = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    gradients_of = relativistic_gradients if options.relativistic else usual_gradients

    if options.compile:
        generator, discriminator = torch.compile(generator), torch.compile(discriminator)

    def step():
        indices = torch.randint(len(images), (batch,))
        real = ((images[indices].float() - 127.5) / 127.5).permute(0, 3, 1, 2)
        noise, hot = torch.randn(batch, LATENT), None
        if recipe.classes:
            hot = F.one_hot(labels[indices].long(), recipe.classes).float()
            noise = torch.cat([noise, hot], 1)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            fake = generator(noise)
            seen = fake.detach().requires_grad_()
            of_discriminator, of_fake, *losses = gradients_of(discriminator, networks[1], real, seen, hot)
        gradients = (torch.autograd.grad(fake, networks[0], of_fake), of_discriminator)
        for own, taken, optimizer in zip(networks, gradients, adam):
            for parameter, gradient in zip(own, taken):
                parameter.grad = gradient
            optimizer.step()
        return losses

    return step


def main() -> None:
    options = protocol.arguments()
    torch.set_num_threads(options.threads)
    data = protocol.read(options)
    step = make_step(data, protocol.Recipe(data), options)

    def run(steps: int):
        losses = (torch.zeros(()), torch.zeros(()))
        for _ in range(steps):
            losses = step()
        return [loss.item() for loss in losses]

    name = "PyTorch, compiled" if options.compile else "PyTorch"
    protocol.serve(name, {"torch": torch.__version__}, run)


if __name__ == "__main__":
    main()
