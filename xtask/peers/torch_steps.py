"""The steps of a configuration of ours in PyTorch, eager, on one core: see settings.py.

Gradients are those of autograd, the optimiser is torch.optim.Adam, except for the updates ahead of an unrolled step, which have to
be differentiated. A full replay buffer is exchanged by whole rows at once.
"""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import softplus

import settings
from step import DcganDiscriminator, DcganGenerator, resnet_discriminator, resnet_generator


def perceptron(inputs, hidden, outputs):
    layers = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def networks(run):
    generator, discriminator = run.generator, run.discriminator
    match generator["kind"], discriminator["kind"]:
        case "mlp", "mlp":
            made = perceptron(run.latent, generator["hidden"], 2), perceptron(2 * run.pack, discriminator["hidden"], 1)
        case "dcgan", "dcgan":
            if (generator["norm"], discriminator["norm"]) != ("batch", "none"):
                raise SystemExit("this script knows DCGANs with batch norm in the generator and none in the discriminator")
            made = (
                DcganGenerator(run.latent, generator["channels"], run.side),
                DcganDiscriminator(discriminator["channels"], run.side),
            )
        case "resnet", "resnet":
            made = resnet_generator(run.latent, generator["channels"]), resnet_discriminator(discriminator["channels"])
        case kinds:
            raise SystemExit(f"this script does not know networks of the kinds {kinds}")
    return made


class Step:
    def __init__(self, run):
        self.run = run
        self.generator, self.discriminator = networks(run)
        adam = lambda network, adam: torch.optim.Adam(
            network.parameters(), lr=adam.rate, betas=(adam.beta1, settings.BETA2), eps=settings.EPSILON
        )
        self.generator_optimizer = adam(self.generator, run.generator_adam)
        self.discriminator_optimizer = adam(self.discriminator, run.discriminator_adam)
        shape = (2,) if run.side is None else (1, run.side, run.side)
        self.data = torch.rand(settings.SAMPLES, *shape) * 2 - 1
        if run.strategy["name"] == "replay":
            self.buffer = torch.rand(run.strategy["capacity"], *shape)

    def noise(self):
        return torch.randn(self.run.batch, self.run.latent)

    def judge(self, samples, parameters=None):
        if self.run.pack > 1:
            samples = samples.reshape(-1, self.run.pack * samples.shape[1])
        if parameters is None:
            return self.discriminator(samples)
        return functional_call(self.discriminator, parameters, (samples,))

    def objective(self, real, fake):
        if self.run.objective == "wasserstein":
            return fake.mean() - real.mean()
        target = self.run.strategy.get("real", 1.0)
        return (softplus(real) - target * real).mean() + softplus(fake).mean()

    def exchanged(self, fake):
        """Fakes, half of them exchanged for stored ones."""
        rows = torch.nonzero(torch.rand(len(fake)) < 0.5).squeeze(1)
        slots = torch.randint(0, len(self.buffer), (len(rows),))
        shown = fake.index_copy(0, rows, self.buffer[slots])
        self.buffer[slots] = fake[rows]
        return shown

    def slopes(self, samples):
        """The squared norm of each logit's gradient, with a graph."""
        samples = samples.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.judge(samples).sum(), samples, create_graph=True)
        return gradient.square().flatten(1).sum(1)

    def penalty(self, real, fake):
        if self.run.strategy["kind"] == "r1-r2":
            slopes = self.slopes(torch.cat([real, fake]))
            # The mean over real samples and the mean over fakes, each by half.
            return slopes.mean()
        if self.run.strategy["kind"] == "wgan-gp":
            place = torch.rand(len(real), *[1] * (real.dim() - 1))
            norms = (self.slopes(real + place * (fake - real)) + settings.NORM_GUARD).sqrt()
            return (norms - 1).square().mean()
        raise SystemExit(f"this script does not know the penalty {self.run.strategy['kind']}")

    def ahead(self, real, fake):
        """The discriminator's parameters after its next updates by Adam, differentiable in the fakes."""
        adam, optimizer = self.run.discriminator_adam, self.discriminator_optimizer
        parameters = dict(self.discriminator.named_parameters())
        states = {name: optimizer.state[value] for name, value in parameters.items()}
        means = {name: state["exp_avg"] for name, state in states.items()}
        squares = {name: state["exp_avg_sq"] for name, state in states.items()}
        made = int(next(iter(states.values()))["step"])
        for update in range(made + 1, made + 1 + self.run.strategy["steps"]):
            logits = self.judge(torch.cat([real, fake]), parameters)
            loss = self.objective(*logits.split(len(real)))
            gradients = torch.autograd.grad(loss, list(parameters.values()), create_graph=True)
            for (name, value), gradient in zip(list(parameters.items()), gradients):
                means[name] = adam.beta1 * means[name] + (1 - adam.beta1) * gradient
                squares[name] = settings.BETA2 * squares[name] + (1 - settings.BETA2) * gradient.square()
                root = (squares[name] / (1 - settings.BETA2**update) + settings.SQUARE_GUARD).sqrt() + settings.EPSILON
                parameters[name] = value - adam.rate * means[name] / (1 - adam.beta1**update) / root
        return parameters

    def teach_discriminator(self):
        real = self.data[torch.randint(0, settings.SAMPLES, (self.run.batch,))]
        with torch.no_grad():
            fake = self.generator(self.noise())
        if self.run.strategy["name"] == "replay":
            fake = self.exchanged(fake)
        logits = self.judge(torch.cat([real, fake]))
        loss = self.objective(*logits.chunk(2))
        if self.run.strategy["name"] == "gradient-penalty":
            loss = loss + self.run.strategy["weight"] * self.penalty(real, fake)
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.discriminator_optimizer.step()
        return real

    def teach_generator(self, real):
        fake = self.generator(self.noise())
        moved = self.ahead(real, fake) if self.run.strategy["name"] == "unrolled" else None
        logits = self.judge(fake, moved)
        loss = -logits.mean() if self.run.objective == "wasserstein" else softplus(-logits).mean()
        parameters = list(self.generator.parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
            parameter.grad = gradient
        self.generator_optimizer.step()

    def make(self):
        for _ in range(self.run.discriminator_steps):
            real = self.teach_discriminator()
        self.teach_generator(real)


def main():
    run = settings.of_command_line()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    settings.measure(Step(run).make, run.steps, 1, f"torch {torch.__version__}")


if __name__ == "__main__":
    main()
