"""The steps of a configuration of ours in JAX, on one core, whole calls of 50 steps compiled into one program: see settings.py.

Networks are functions on lists of arrays, pictures have their channels last, Adam is written out. A full replay buffer is exchanged by
whole rows at once.
"""

import os

# Before the import, which starts the threads.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["NPROC"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"
# The fastest there is.
os.environ["JAX_DEFAULT_PRNG_IMPL"] = "unsafe_rbg"

import jax
import jax.numpy as jnp
from jax import lax, random

import settings

STEPS_A_CALL = 50
SLOPE = 0.2


def normal(key, shape, inputs):
    return random.normal(key, shape) / inputs**0.5


def windows(x, kernel, stride):
    """The windows of padded pictures, [batch, height, width, kernel * kernel, channels]."""
    height, width = [(side - kernel) // stride + 1 for side in x.shape[1:3]]
    along = lambda first, count: slice(first, first + stride * (count - 1) + 1, stride)
    places = [(row, column) for row in range(kernel) for column in range(kernel)]
    return jnp.stack([x[:, along(row, height), along(column, width)] for row, column in places], 3)


def convolution(x, weight, stride=1, padding=1):
    """By a product with the windows: XLA's own convolutions, and more so their gradients, are slower by far on a processor.

    `weight` is [kernel * kernel, groups, channels of a group, outputs of a group].
    """
    places, groups, inputs, outputs = weight.shape
    x = jnp.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    found = windows(x, round(places**0.5), stride)
    if groups == 1:
        return found.reshape(*found.shape[:3], places * inputs) @ weight.reshape(places * inputs, outputs)
    found = found.reshape(*found.shape[:4], groups, inputs)
    made = jnp.einsum("bhwpgi,pgio->bhwgo", found, weight)
    return made.reshape(*made.shape[:3], groups * outputs)


def doubling(x, weight):
    """The transpose of the convolution of kernel 4, stride 2 and padding 1 with this weight."""
    batch, height, width, _ = x.shape
    large = jax.ShapeDtypeStruct((batch, 2 * height, 2 * width, weight.shape[2]), x.dtype)
    (made,) = jax.linear_transpose(lambda y: convolution(y, weight, stride=2), large)(x)
    return made


def leaky(x):
    return jnp.where(x > 0, x, SLOPE * x)


class Perceptron:
    def __init__(self, inputs, hidden, outputs):
        self.sizes = list(zip([inputs, *hidden], [*hidden, outputs]))

    def start(self, key):
        keys = random.split(key, len(self.sizes))
        return [(normal(key, sizes, sizes[0]), jnp.zeros(sizes[1])) for key, sizes in zip(keys, self.sizes)], []

    def __call__(self, parameters, statistics, x):
        for weight, bias in parameters[:-1]:
            x = jax.nn.relu(x @ weight + bias)
        weight, bias = parameters[-1]
        return x @ weight + bias, statistics


class DcganGenerator:
    """Batch norm behind every layer but the last; its running statistics are kept up."""

    def __init__(self, latent, channels, side):
        self.latent, self.stages = latent, settings.stages(channels, side)[::-1]

    def start(self, key):
        (first, small), *_ = self.stages
        keys = iter(random.split(key, 1 + len(self.stages)))
        width = first * small**2
        parameters = [(normal(next(keys), (self.latent, width), self.latent), jnp.zeros(width))]
        channels = [stage[0] for stage in self.stages]
        for before, after in zip(channels, [*channels[1:], 1]):
            parameters.append((normal(next(keys), (16, 1, after, before), 4 * before),))
        norms = [(jnp.ones(count), jnp.zeros(count)) for count in channels]
        statistics = [(jnp.zeros(count), jnp.ones(count)) for count in channels]
        return [parameters, norms, jnp.zeros(1)], statistics

    def __call__(self, parameters, statistics, x):
        (layers, norms, last_bias), moved = parameters, []
        weight, bias = layers[0]
        (channels, small), *_ = self.stages
        x = (x @ weight + bias).reshape(-1, small, small, channels)
        for (scale, shift), (kernel,), (running_mean, running_variance) in zip(norms, layers[1:], statistics):
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            moved.append((0.9 * running_mean + 0.1 * mean, 0.9 * running_variance + 0.1 * variance))
            x = jax.nn.relu((x - mean) * (scale * lax.rsqrt(variance + 1e-5)) + shift)
            x = doubling(x, kernel)
        return jnp.tanh(x + last_bias), moved


class DcganDiscriminator:
    def __init__(self, channels, side):
        self.stages = settings.stages(channels, side)

    def start(self, key):
        channels = [1, *[stage[0] for stage in self.stages]]
        keys = iter(random.split(key, len(channels)))
        pairs = zip(channels, channels[1:])
        layers = [(normal(next(keys), (16, 1, a, b), 16 * a), jnp.zeros(b)) for a, b in pairs]
        width = self.stages[-1][0] * self.stages[-1][1] ** 2
        return [layers, (normal(next(keys), (width, 1), width), jnp.zeros(1))], []

    def __call__(self, parameters, statistics, x):
        layers, (weight, bias) = parameters
        for kernel, shift in layers:
            x = leaky(convolution(x, kernel, stride=2) + shift)
        return x.reshape(len(x), -1) @ weight + bias, statistics


class Blocks:
    """Two residual blocks of one number of channels; 1 x 1 convolutions are products."""

    def __init__(self, channels):
        self.channels, self.inside = channels, 2 * channels

    def start(self, key):
        one = lambda key: (
            normal(key, (self.channels, self.inside), self.channels),
            jnp.zeros(self.inside),
            normal(random.fold_in(key, 1), (9, self.inside // 16, 16, 16), 9 * 16),
            jnp.zeros(self.inside),
            jnp.zeros((self.inside, self.channels)),
        )
        return [one(key) for key in random.split(key, 2)]

    def __call__(self, parameters, x):
        for widen, bias, kernel, shift, narrow in parameters:
            inside = leaky(x @ widen + bias)
            inside = leaky(convolution(inside, kernel) + shift)
            x = x + inside @ narrow
        return x


def halve_size(x, total=4.0):
    """Every second pixel of the pictures filtered by 1-2-1."""
    line = lambda x, axis: sum(
        weight * lax.slice_in_dim(x, first, first + x.shape[axis] - 2, 2, axis) for first, weight in enumerate((1, 2, 1))
    ) / total
    x = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return line(line(x, 1), 2)


def double_size(x):
    """The transpose of halving, twice as strong in either direction."""
    batch, height, width, channels = x.shape
    large = jax.ShapeDtypeStruct((batch, 2 * height, 2 * width, channels), x.dtype)
    (made,) = jax.linear_transpose(lambda y: halve_size(y, total=2.0), large)(x)
    return made


class ResnetGenerator:
    def __init__(self, latent, channels, side):
        count = side.bit_length() - 2
        self.latent, self.channels = latent, [channels * 2**i for i in range(count)][::-1]

    def start(self, key):
        keys = iter(random.split(key, 3 * len(self.channels) + 2))
        first = self.channels[0]
        basis = random.normal(next(keys), (4, 4, first)), normal(next(keys), (self.latent, first), self.latent)
        blocks = [Blocks(channels).start(next(keys)) for channels in self.channels]
        pairs = zip(self.channels, self.channels[1:])
        changes = [normal(next(keys), (before, after), before) for before, after in pairs]
        last = self.channels[-1]
        return [basis, blocks, changes, (normal(next(keys), (last, 1), last), jnp.zeros(1))], []

    def __call__(self, parameters, statistics, x):
        (basis, weigh), blocks, changes, (weight, bias) = parameters
        x = (x @ weigh)[:, None, None, :] * basis
        for index, channels in enumerate(self.channels):
            if index > 0:
                x = double_size(x @ changes[index - 1])
            x = Blocks(channels)(blocks[index], x)
        return x @ weight + bias, statistics


class ResnetDiscriminator:
    def __init__(self, channels, side):
        self.channels = [channels * 2**i for i in range(side.bit_length() - 2)]

    def start(self, key):
        keys = iter(random.split(key, 3 * len(self.channels) + 3))
        first, last = self.channels[0], self.channels[-1]
        blocks = [Blocks(channels).start(next(keys)) for channels in self.channels]
        pairs = zip(self.channels, self.channels[1:])
        changes = [normal(next(keys), (before, after), before) for before, after in pairs]
        window = normal(next(keys), (4, 4, last), 16)
        return [
            (normal(next(keys), (1, first), 1), jnp.zeros(first)), blocks, changes, window,
            (normal(next(keys), (last, 1), last), jnp.zeros(1)),
        ], []

    def __call__(self, parameters, statistics, x):
        (start, shift), blocks, changes, window, (weight, bias) = parameters
        x = x @ start + shift
        for index, channels in enumerate(self.channels):
            if index > 0:
                x = halve_size(x) @ changes[index - 1]
            x = Blocks(channels)(blocks[index], x)
        return (x * window).sum((1, 2)) @ weight + bias, statistics


def networks(run):
    generator, discriminator = run.generator, run.discriminator
    match generator["kind"], discriminator["kind"]:
        case "mlp", "mlp":
            return Perceptron(run.latent, generator["hidden"], 2), Perceptron(2 * run.pack, discriminator["hidden"], 1)
        case "dcgan", "dcgan":
            if (generator["norm"], discriminator["norm"]) != ("batch", "none"):
                raise SystemExit("this script knows DCGANs with batch norm in the generator and none in the discriminator")
            return (
                DcganGenerator(run.latent, generator["channels"], run.side),
                DcganDiscriminator(discriminator["channels"], run.side),
            )
        case "resnet", "resnet":
            return (
                ResnetGenerator(run.latent, generator["channels"], run.side),
                ResnetDiscriminator(discriminator["channels"], run.side),
            )
    raise SystemExit(f"this script does not know networks of the kinds {generator['kind']} and {discriminator['kind']}")


def adam_start(parameters):
    # Two of them, since the memory of each is given away.
    return jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.zeros(())


def adam(parameters, gradients, state, settings_of_adam, guard=0.0):
    rate, beta1, beta2 = settings_of_adam.rate, settings_of_adam.beta1, settings.BETA2
    means, squares, made = state
    made = made + 1
    means = jax.tree.map(lambda mean, gradient: beta1 * mean + (1 - beta1) * gradient, means, gradients)
    squares = jax.tree.map(lambda square, gradient: beta2 * square + (1 - beta2) * gradient**2, squares, gradients)
    mean_part, square_part = rate / (1 - beta1**made), 1 / (1 - beta2**made)
    moved = lambda value, mean, square: value - mean_part * mean / (
        jnp.sqrt(square * square_part + guard) + settings.EPSILON
    )
    return jax.tree.map(moved, parameters, means, squares), (means, squares, made)


class Step:
    def __init__(self, run):
        self.run = run
        self.generator, self.discriminator = networks(run)
        keys = random.split(random.key(0), 4)
        generator, statistics = self.generator.start(keys[0])
        discriminator, _ = self.discriminator.start(keys[1])
        shape = (2,) if run.side is None else (run.side, run.side, 1)
        uniform = lambda key, rows: random.uniform(key, (rows, *shape), minval=-1.0)
        self.data = uniform(keys[2], settings.SAMPLES)
        self.replays = run.strategy["name"] == "replay"
        buffer = uniform(keys[3], run.strategy["capacity"]) if self.replays else None
        self.state = {
            "generator": (generator, adam_start(generator), statistics),
            "discriminator": (discriminator, adam_start(discriminator)),
            "buffer": buffer,
        }

    def noise(self, key):
        return random.normal(key, (self.run.batch, self.run.latent))

    def judge(self, parameters, samples):
        if self.run.pack > 1:
            samples = samples.reshape(-1, self.run.pack * samples.shape[1])
        return self.discriminator(parameters, [], samples)[0]

    def objective(self, parameters, real, fake):
        both = self.judge(parameters, jnp.concatenate([real, fake]))
        real, fake = jnp.split(both, 2)
        if self.run.objective == "wasserstein":
            return fake.mean() - real.mean()
        target = self.run.strategy.get("real", 1.0)
        return (jax.nn.softplus(real) - target * real).mean() + jax.nn.softplus(fake).mean()

    def slopes(self, parameters, samples):
        """The squared norm of each logit's gradient."""
        gradient = jax.grad(lambda samples: self.judge(parameters, samples).sum())(samples)
        return (gradient**2).reshape(len(samples), -1).sum(1)

    def penalty(self, parameters, real, fake, key):
        if self.run.strategy["kind"] == "r1-r2":
            # The mean over real samples and the mean over fakes, each by half.
            return self.slopes(parameters, jnp.concatenate([real, fake])).mean()
        if self.run.strategy["kind"] == "wgan-gp":
            place = random.uniform(key, (len(real), *[1] * (real.ndim - 1)))
            norms = jnp.sqrt(self.slopes(parameters, real + place * (fake - real)) + settings.NORM_GUARD)
            return ((norms - 1) ** 2).mean()
        raise SystemExit(f"this script does not know the penalty {self.run.strategy['kind']}")

    def exchanged(self, fake, buffer, key):
        """Fakes, half of them exchanged for stored ones, and the buffer afterwards."""
        key_of_choice, key_of_slots = random.split(key)
        chosen = random.bernoulli(key_of_choice, 0.5, (len(fake),))
        slots = random.randint(key_of_slots, (len(fake),), 0, len(buffer))
        rows = chosen.reshape(-1, *[1] * (fake.ndim - 1))
        shown = jnp.where(rows, buffer[slots], fake)
        # What is not chosen goes to no slot.
        return shown, buffer.at[jnp.where(chosen, slots, len(buffer))].set(fake, mode="drop")

    def ahead(self, discriminator, state, real, fake):
        """The discriminator after its next updates by Adam, differentiable in the fakes."""
        for _ in range(self.run.strategy["steps"]):
            gradients = jax.grad(self.objective)(discriminator, real, fake)
            guard = settings.SQUARE_GUARD
            discriminator, state = adam(discriminator, gradients, state, self.run.discriminator_adam, guard)
        return discriminator

    def teach_discriminator(self, state, key):
        keys = random.split(key, 4)
        real = self.data[random.randint(keys[0], (self.run.batch,), 0, settings.SAMPLES)]
        generator, _, statistics = state["generator"]
        fake, _ = self.generator(generator, statistics, self.noise(keys[1]))
        buffer = state["buffer"]
        if self.replays:
            fake, buffer = self.exchanged(fake, buffer, keys[2])

        def loss(parameters):
            loss = self.objective(parameters, real, fake)
            if self.run.strategy["name"] == "gradient-penalty":
                loss += self.run.strategy["weight"] * self.penalty(parameters, real, fake, keys[3])
            return loss

        parameters, optimizer = state["discriminator"]
        learnt = adam(parameters, jax.grad(loss)(parameters), optimizer, self.run.discriminator_adam)
        return state | {"discriminator": learnt, "buffer": buffer}, real

    def teach_generator(self, state, real, key):
        parameters, optimizer, statistics = state["generator"]
        discriminator, discriminator_optimizer = state["discriminator"]
        noise = self.noise(key)

        def loss(parameters):
            fake, moved = self.generator(parameters, statistics, noise)
            opponent = discriminator
            if self.run.strategy["name"] == "unrolled":
                opponent = self.ahead(discriminator, discriminator_optimizer, real, fake)
            logits = self.judge(opponent, fake)
            return (-logits if self.run.objective == "wasserstein" else jax.nn.softplus(-logits)).mean(), moved

        gradients, moved = jax.grad(loss, has_aux=True)(parameters)
        learnt = adam(parameters, gradients, optimizer, self.run.generator_adam)
        return state | {"generator": (*learnt, moved)}

    def make(self, state, key):
        keys = random.split(key, self.run.discriminator_steps + 1)
        for key in keys[1:]:
            state, real = self.teach_discriminator(state, key)
        return self.teach_generator(state, real, keys[0]), None


def main():
    run = settings.of_command_line()
    step = Step(run)
    per_call = min(STEPS_A_CALL, run.steps)
    call = jax.jit(lambda state, keys: lax.scan(step.make, state, keys)[0], donate_argnums=0)
    keys = random.key(1)

    def make():
        nonlocal keys
        keys, key = random.split(keys)
        step.state = jax.block_until_ready(call(step.state, random.split(key, per_call)))

    settings.measure(make, run.steps, per_call, f"jax {jax.__version__}, {per_call} steps a call")


if __name__ == "__main__":
    main()
