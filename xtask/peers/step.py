"""The steps of `cargo xtask bench --suite gpu` in PyTorch: the networks, losses, optimisers and batches of the .toml files beside.

usage: python3 step.py ROW [--device cuda|cpu] [--steps N]

Prints one line of JSON: steps a second after a warm-up, the most memory in MiB, and what computed. Single precision throughout:
TF32 is switched off. Pictures are random bytes that stay on the device, as their content costs nothing. Gradients are those of
autograd, the optimiser is torch.optim.Adam, except in the unrolled row, whose inner update has to be differentiated.
"""

import argparse
import json
import resource
import time

import torch
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d, softplus

try:
    from torch.func import functional_call
except ImportError:  # PyTorch 1
    from torch.nn.utils.stateless import functional_call

BETAS, EPSILON, RATE = (0.5, 0.999), 1e-8, 2e-4
WARM_UP = 10
SAMPLES = 4096


def halvings_of(side):
    """How often a DCGAN halves a picture until its side is 7 at most."""
    return 1 + halvings_of(side // 2) if side > 7 else 0


class DcganGenerator(nn.Sequential):
    def __init__(self, latent, channels, side):
        halvings = halvings_of(side)
        stages, small = [channels * 2**i for i in range(halvings)][::-1], side >> halvings
        layers = [nn.Linear(latent, stages[0] * small**2), nn.Unflatten(1, (stages[0], small, small))]
        layers += [nn.BatchNorm2d(stages[0]), nn.ReLU()]
        for before, after in zip(stages, stages[1:]):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        layers += [nn.ConvTranspose2d(stages[-1], 1, 4, 2, 1), nn.Tanh()]
        super().__init__(*layers)


class DcganDiscriminator(nn.Sequential):
    def __init__(self, channels, side):
        halvings = halvings_of(side)
        stages, small = [1] + [channels * 2**i for i in range(halvings)], side >> halvings
        layers = []
        for before, after in zip(stages, stages[1:]):
            layers += [nn.Conv2d(before, after, 4, 2, 1), nn.LeakyReLU(0.2)]
        super().__init__(*layers, nn.Flatten(), nn.Linear(stages[-1] * small**2, 1))


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inside = 2 * channels
        self.body = nn.Sequential(
            nn.Conv2d(channels, inside, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(inside, inside, 3, padding=1, groups=inside // 16),
            nn.LeakyReLU(0.2),
            nn.Conv2d(inside, channels, 1, bias=False),
        )
        nn.init.zeros_(self.body[-1].weight)

    def forward(self, x):
        return x + self.body(x)


class Resample(nn.Module):
    """Twice or half the size by the filter 1-2-1."""

    def __init__(self, channels, up):
        super().__init__()
        line = torch.tensor([1.0, 2.0, 1.0]) / (2.0 if up else 4.0)
        self.register_buffer("kernel", torch.outer(line, line).expand(channels, 1, 3, 3).contiguous())
        self.up = up

    def forward(self, x):
        channels = x.shape[1]
        if self.up:
            return conv_transpose2d(x, self.kernel, stride=2, padding=1, output_padding=1, groups=channels)
        return conv2d(x, self.kernel, stride=2, padding=1, groups=channels)


class Basis(nn.Module):
    def __init__(self, latent, channels):
        super().__init__()
        self.basis = nn.Parameter(torch.randn(channels, 4, 4))
        self.weigh = nn.Linear(latent, channels, bias=False)

    def forward(self, z):
        return self.weigh(z)[:, :, None, None] * self.basis


def resnet_generator(latent, channels):
    stages = [channels * 2**i for i in range(4)][::-1]
    layers = [Basis(latent, stages[0]), Block(stages[0]), Block(stages[0])]
    for before, after in zip(stages, stages[1:]):
        layers += [nn.Conv2d(before, after, 1, bias=False), Resample(after, True), Block(after), Block(after)]
    return nn.Sequential(*layers, nn.Conv2d(stages[-1], 1, 1))


def resnet_discriminator(channels):
    stages = [channels * 2**i for i in range(4)]
    layers = [nn.Conv2d(1, channels, 1), Block(channels), Block(channels)]
    for before, after in zip(stages, stages[1:]):
        layers += [Resample(before, False), nn.Conv2d(before, after, 1, bias=False), Block(after), Block(after)]
    last = stages[-1]
    return nn.Sequential(*layers, nn.Conv2d(last, last, 4, groups=last, bias=False), nn.Flatten(), nn.Linear(last, 1))


def penalty(discriminator, pictures):
    """Half the mean squared gradient at the pictures, with a graph."""
    pictures = pictures.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(discriminator(pictures).sum(), pictures, create_graph=True)
    return 0.5 * gradient.square().flatten(1).sum(1).mean()


def objective(real, fake):
    return softplus(-real).mean() + softplus(fake).mean()


def ahead(discriminator, optimizer, real, fake):
    """The discriminator's parameters after its next update by Adam, differentiable in the fakes."""
    parameters = dict(discriminator.named_parameters())
    logits = discriminator(torch.cat([real, fake]))
    loss = objective(*logits.split(len(real)))
    gradients = torch.autograd.grad(loss, list(parameters.values()), create_graph=True)
    moved = {}
    for (name, value), gradient in zip(parameters.items(), gradients):
        state = optimizer.state[value]
        step = float(state["step"]) + 1
        mean = BETAS[0] * state["exp_avg"] + (1 - BETAS[0]) * gradient
        square = BETAS[1] * state["exp_avg_sq"] + (1 - BETAS[1]) * gradient.square()
        # A gradient of zero would make the slope of the root infinite.
        root = (square / (1 - BETAS[1] ** step) + 1e-30).sqrt() + EPSILON
        moved[name] = value - RATE * mean / (1 - BETAS[0] ** step) / root
    return moved


class Step:
    def __init__(self, row, device):
        self.row, self.device = row, device
        if row == "resnet":
            self.batch, self.latent, side = 256, 64, 32
            generator, discriminator = resnet_generator(self.latent, 32), resnet_discriminator(32)
        else:
            self.batch, self.latent, side = 64, 100, 64
            generator, discriminator = DcganGenerator(self.latent, 64, side), DcganDiscriminator(64, side)
        self.generator, self.discriminator = generator.to(device), discriminator.to(device)
        adam = lambda network: torch.optim.Adam(network.parameters(), lr=RATE, betas=BETAS, eps=EPSILON)
        self.generator_optimizer, self.discriminator_optimizer = adam(self.generator), adam(self.discriminator)
        self.data = torch.randint(0, 256, (SAMPLES, 1, side, side), dtype=torch.uint8, device=device)

    def noise(self):
        return torch.randn(self.batch, self.latent).to(self.device, non_blocking=True)

    def make(self):
        rows = torch.randint(0, SAMPLES, (self.batch,)).to(self.device, non_blocking=True)
        real = self.data[rows].float() / 127.5 - 1
        with torch.no_grad():
            fake = self.generator(self.noise())
        logits = self.discriminator(torch.cat([real, fake]))
        loss = objective(*logits.split(self.batch))
        if self.row == "dcgan-r1-r2":
            loss = loss + penalty(self.discriminator, real) + penalty(self.discriminator, fake)
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.discriminator_optimizer.step()

        fake = self.generator(self.noise())
        if self.row == "dcgan-unrolled":
            moved = ahead(self.discriminator, self.discriminator_optimizer, real, fake)
            logits = functional_call(self.discriminator, moved, (fake,))
        else:
            logits = self.discriminator(fake)
        parameters = list(self.generator.parameters())
        gradients = torch.autograd.grad(softplus(-logits).mean(), parameters)
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient
        self.generator_optimizer.step()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("row", choices=["dcgan", "dcgan-r1-r2", "dcgan-unrolled", "resnet"])
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--steps", type=int, default=300)
    arguments = arguments.parse_args()
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    on_gpu = arguments.device.startswith("cuda")
    if not on_gpu:
        torch.set_num_threads(1)
    step = Step(arguments.row, arguments.device)
    wait = torch.cuda.synchronize if on_gpu else lambda: None
    for _ in range(min(WARM_UP, arguments.steps)):
        step.make()
    wait()
    start = time.perf_counter()
    for _ in range(arguments.steps):
        step.make()
    wait()
    seconds = time.perf_counter() - start
    if on_gpu:
        memory, name = torch.cuda.max_memory_reserved() / 2**20, torch.cuda.get_device_name()
    else:
        memory, name = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, "cpu, one thread"
    print(json.dumps({
        "steps_per_second": arguments.steps / seconds,
        "memory_mib": memory,
        "computed_by": f"{name}, torch {torch.__version__}",
    }))


if __name__ == "__main__":
    main()
