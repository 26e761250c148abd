"""What the scripts beside share: the settings of a configuration of ours, and the measurement of its steps.

usage: python3 SCRIPT.py CONFIG.toml [--set KEY=VALUE]...

Keys that have to do with a step are read, and one that a script would have to know and does not ends it: the steps compared are
the same or there is no comparison. Tables that have to do with watching a run are left aside.
"""

import argparse
import json
import resource
import time
import tomllib
from dataclasses import dataclass

WATCHING = {"seed", "evaluation", "detector", "checkpoint", "records"}
BETA2, EPSILON = 0.999, 1e-8
DEFAULT_RATE, DEFAULT_BETA1 = 1e-3, 0.5
# Added to a squared norm before its root, and to Adam's mean of squares where the update itself is differentiated: the slope of a root
# is infinite at zero.
NORM_GUARD, SQUARE_GUARD = 1e-12, 1e-30
SAMPLES = 4096


@dataclass(frozen=True)
class Adam:
    rate: float
    beta1: float


@dataclass(frozen=True)
class Settings:
    steps: int
    batch: int
    discriminator_steps: int
    latent: int
    # Of a picture; None for points in the plane.
    side: int | None
    generator: dict
    discriminator: dict
    objective: str
    generator_adam: Adam
    discriminator_adam: Adam
    # The one strategy with its keys; {"name": "none"} without.
    strategy: dict

    @property
    def pack(self):
        """Samples for one logit."""
        return self.strategy.get("samples", 1) if self.strategy["name"] == "packing" else 1


def merge(table, change):
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(table.get(key), dict):
            merge(table[key], value)
        else:
            table[key] = value


def known(table, where, **defaults):
    """The keys of a table, all of which must be among the defaults."""
    for key in table:
        if key not in defaults:
            raise SystemExit(f"{where}{key} = {table[key]!r}: this script does not know it")
    return defaults | table


def adam(table, where):
    keys = known(table, where, learning_rate=DEFAULT_RATE, beta1=DEFAULT_BETA1)
    return Adam(keys["learning_rate"], keys["beta1"])


def network(table, where):
    kind = table.get("kind", "mlp")
    keys = {
        "mlp": {"kind": kind, "hidden": [128, 128]},
        "dcgan": {"kind": kind, "channels": 64, "norm": "batch"},
        "resnet": {"kind": kind, "channels": 32},
    }
    if kind not in keys:
        raise SystemExit(f'{where}kind = "{kind}": this script knows {", ".join(keys)}')
    return known(table, where, **keys[kind])


STRATEGIES = {
    "gradient-penalty": {"kind": "r1-r2", "weight": 1.0},
    "unrolled": {"steps": 5},
    "replay": {"capacity": 2_000},
    "packing": {"samples": 2},
    "label-smoothing": {"real": 0.9},
}


def strategy(tables):
    if not tables:
        return {"name": "none"}
    name = tables[0].get("name")
    if len(tables) > 1 or name not in STRATEGIES:
        raise SystemExit(f"strategy = {tables!r}: this script knows one of {', '.join(STRATEGIES)}")
    return known(tables[0], "strategy.", name=name, **STRATEGIES[name])


def settings(table):
    table = {key: value for key, value in table.items() if key not in WATCHING}
    absent = dict.fromkeys(["steps", "data", "generator", "discriminator", "latent", "optimizer"], {})
    top = known(table, "", **absent, batch_size=256, discriminator_steps=1, objective={}, strategy=[])
    data = known(top["data"], "data.", kind="ring", side=None, samples=SAMPLES)
    if data["kind"] not in ("ring", "glyphs"):
        raise SystemExit(f'data.kind = "{data["kind"]}": this script knows ring and glyphs')
    if not (top["batch_size"] <= data["samples"] and top["steps"]):
        raise SystemExit("a batch must be at most data.samples, and steps must be given")
    objective = known(top["objective"], "objective.", kind="non-saturating")["kind"]
    if objective not in ("non-saturating", "wasserstein"):
        raise SystemExit(f'objective.kind = "{objective}": this script knows non-saturating and wasserstein')
    optimizers = known(top["optimizer"], "optimizer.", generator={}, discriminator={})
    return Settings(
        steps=top["steps"],
        batch=top["batch_size"],
        discriminator_steps=top["discriminator_steps"],
        latent=known(top["latent"], "latent.", size=16)["size"],
        side=None if data["kind"] == "ring" else data["side"] or 28,
        generator=network(top["generator"], "generator."),
        discriminator=network(top["discriminator"], "discriminator."),
        objective=objective,
        generator_adam=adam(optimizers["generator"], "optimizer.generator."),
        discriminator_adam=adam(optimizers["discriminator"], "optimizer.discriminator."),
        strategy=strategy(top["strategy"]),
    )


def of_command_line():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("config")
    arguments.add_argument("--set", action="append", default=[])
    arguments = arguments.parse_args()
    with open(arguments.config, "rb") as file:
        table = tomllib.load(file)
    for change in arguments.set:
        merge(table, tomllib.loads(change))
    return settings(table)


def stages(channels, side):
    """Channels and side of a DCGAN's hidden stages, from the one beside the picture to the smallest."""
    found = [(channels, side // 2)]
    while found[-1][1] > 7:
        channels, side = found[-1]
        found.append((2 * channels, side // 2))
    return found


def measure(make, steps, per_call, computed_by):
    """Makes `steps` steps, `per_call` at each call of `make`, after a warm-up, and prints what came out as a line of JSON."""
    for _ in range(min(10, steps) if per_call == 1 else 1):
        make()
    calls = -(-steps // per_call)
    wall, computing = time.perf_counter(), time.process_time()
    for _ in range(calls):
        make()
    wall, computing = time.perf_counter() - wall, time.process_time() - computing
    print(json.dumps({
        "steps_per_second": calls * per_call / wall,
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
        "computed_by": computed_by,
        "cores": computing / wall,
    }))
