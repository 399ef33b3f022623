#!/usr/bin/env python3
"""Golden files of the network, the losses and the optimizers, made with PyTorch.

Writes network.txt, universal.txt, loss.txt, counts.txt and optimizer.txt beside this script. Inputs and
parameters come from an integer hash that the C tests compute as well, so only
results are stored. Everything is calculated in double: the C code, in float,
has to come close to the exact result and not to another float's errors.
"""
import itertools
import math
import os

import scipy.optimize
import scipy.stats
import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional

FOLDER = os.path.dirname(os.path.abspath(__file__))
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
ROWS = 3
COVARIATE_UNITS = 32
QUANTILES = [0.1, 0.5, 0.8]
OUTPUTS = {"mae": 1, "mse": 1, "huber": 1, "quantile": 1 + len(QUANTILES), "gaussian": 2, "student_t": 3}
LEAST_DEVIATION = 1e-3
SHIFT = math.log(math.expm1(1 - LEAST_DEVIATION))  # a deviation of 1 at 0

torch.set_default_dtype(torch.float64)


def mix(value):
    """The finalizer of MurmurHash3, on 32 bits."""
    value &= 0xFFFFFFFF
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return value ^ (value >> 16)


def hashed(seed, *shape, scale=1.0):
    """Numbers in [-scale, scale), exact in float as long as scale is a power of two."""
    count = torch.Size(shape).numel()
    values = [(mix(seed * 0x9E3779B1 + i) >> 8) / 2.0**23 - 1.0 for i in range(count)]
    return scale * torch.tensor(values).reshape(shape)


class GoldenFile:
    def __init__(self, name):
        self.file = open(os.path.join(FOLDER, name + ".txt"), "w", encoding="ascii")

    def write(self, name, tensor):
        values = torch.as_tensor(tensor).detach().reshape(-1).tolist()
        self.file.write(f"tensor {name} {len(values)}\n")
        for i in range(0, len(values), 8):
            self.file.write(" ".join(f"{v:.8g}" for v in values[i : i + 8]) + "\n")


class Network(nn.Module):
    """The network of src/core/network.h out of torch.nn's own modules."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        hidden, patch, channels = config["hidden"], config["patch"], config["channels"]
        self.directions = 2 if config["bidirectional"] else 1
        inputs = hidden if patch > 1 else channels
        cell = CELLS[config["cell"]]
        self.patches = -(-config["horizon"] // patch)
        if patch > 1:
            self.embedding = nn.Linear(patch * channels, hidden)
        self.stack = cell(inputs, hidden, config["layers"], bidirectional=self.directions == 2)
        if config["decoder"] == "parallel":
            self.position = nn.Parameter(torch.zeros(self.patches, inputs))
        if config["decoder"] == "recursive":
            self.decoder = cell(inputs, hidden, config["layers"])
        features = hidden if config["decoder"] == "recursive" else hidden * self.directions
        self.width = config["horizon"] if config["decoder"] == "direct" else patch
        self.outputs = OUTPUTS[config["loss"]]
        self.to_position = config["decoder"] == "parallel" and patch > 1
        if config.get("future"):
            to = hidden if self.to_position else features
            self.future = nn.Linear(self.width * config["future"], to)
            self.covariate = nn.Linear(config["future"], COVARIATE_UNITS)
            self.covariate.head = nn.Parameter(torch.zeros(COVARIATE_UNITS + config["future"]))
        self.head = nn.Linear(features, self.outputs * self.width)
        if config["skip"]:
            self.skip = nn.Linear(config["lookback"], config["horizon"])

    def tensors(self):
        """Parameters by their names in the model format, in its order."""
        order = ["embedding", "stack", "position", "decoder", "future", "covariate", "head", "skip"]
        found = dict(self.named_parameters())
        for part in order:
            for name, tensor in found.items():
                if name.split(".")[0] == part:
                    yield name.removeprefix("stack."), tensor

    def embed(self, patches):
        if self.config["patch"] > 1:
            return torch.relu(self.embedding(patches))
        return patches

    def states_at_every_step(self, inputs):
        """h and c of every cell after each input step, (cells, n, B, H): nn.LSTM keeps only the top's h."""
        hidden = self.config["hidden"]
        all_h, all_c = [], []
        for layer in range(self.config["layers"]):
            outputs = []
            for suffix in ["", "_reverse"][: self.directions]:
                single = CELLS[self.config["cell"]](inputs.shape[2], hidden)
                weights = {
                    f"{kind}_l0": getattr(self.stack, f"{kind}_l{layer}{suffix}")
                    for kind in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
                }
                h, c = [], []
                for t in range(len(inputs)):
                    read = inputs[t:].flip(0) if suffix else inputs[: t + 1]
                    _, state = functional_call(single, weights, (read,))
                    state = state if isinstance(state, tuple) else (state, state)
                    h.append(state[0][0])
                    c.append(state[1][0])
                outputs.append(torch.stack(h))
                all_h.append(outputs[-1])
                all_c.append(torch.stack(c))
            inputs = torch.cat(outputs, 2)
        return torch.stack(all_h), torch.stack(all_c), inputs

    def encode(self, embedded):
        """States at the answers, (cells, R, H), and the head's input there, (R, F)."""
        hidden = self.config["hidden"]
        output, state = self.stack(embedded)
        if self.config["supervision"] == "sequence":
            h, c, top = self.states_at_every_step(embedded)
            assert torch.allclose(top, output, atol=1e-12)
            return h.flatten(1, 2), c.flatten(1, 2), output.flatten(0, 1)
        h, c = state if isinstance(state, tuple) else (state, state)
        return h, c, torch.cat(list(h[-self.directions :]), 1)

    def state(self, h, c):
        h, c = h.contiguous(), c.contiguous()
        return (h, c) if self.config["cell"] == "lstm" else h

    def answer(self, features, known):
        """An output patch in all planes, (R, O, W)."""
        if known is not None and not self.to_position:
            features = features + known
        return self.head(features).unflatten(1, (self.outputs, self.width))

    def decode_parallel(self, h, c, known):
        patches = []
        for k, position in enumerate(self.position):
            x = position.expand(1, h.shape[1], -1)
            if self.to_position and known[k] is not None:
                x = x + known[k]
            output, _ = self.stack(x, self.state(h, c))
            patches.append(self.answer(output[0], known[k]))
        return patches

    def decode_recursive(self, h, c, first, known_future, known):
        """known: base and skip, (R, m * w), as far as the horizon goes."""
        patch, channels = self.config["patch"], self.config["channels"]
        h = h.unflatten(0, (-1, self.directions)).mean(1)
        c = c.unflatten(0, (-1, self.directions)).mean(1)
        state, x, patches = self.state(h, c), first, []
        for k in range(self.patches):
            output, state = self.decoder(x[None], state)
            patches.append(self.answer(output[0], known_future[k]))
            fed = torch.zeros(len(x), patch, channels)
            fed[:, :, 0] = patches[-1][:, 0] + known[:, k * patch : (k + 1) * patch]
            x = self.embed(fed.flatten(1))
        return patches

    def covariate_effect(self, change):
        """What the change of every step's covariates adds to its answer, (R, m * W)."""
        steps = change.unflatten(2, (self.width, self.config["future"]))  # (m, R, W, F)
        units = torch.cat([torch.relu(self.covariate(steps)), steps], 3)
        return (units @ self.covariate.head).movedim(1, 0).flatten(1)

    def forward(self, patches, window, base, future=None, change=None):
        """Answers, (O, S, B, H). future, change: (m, S * B, W * covariates)."""
        config = self.config
        steps, rows = patches.shape[:2]
        answers = steps if config["supervision"] == "sequence" else 1
        horizon = config["horizon"]
        known = torch.zeros(answers, rows, horizon) if base is None else base.clone()
        if config["skip"]:
            known[-1] += self.skip(window)
        known = known.flatten(0, 1)
        embedded = self.embed(patches)
        h, c, top = self.encode(embedded)
        known_future = [None] * self.patches
        if future is not None:
            known_future = torch.relu(self.future(future))
            known = known + self.covariate_effect(change)[:, :horizon]
        if config["decoder"] == "direct":
            y = self.answer(top, known_future[0])
        elif config["decoder"] == "parallel":
            y = torch.cat(self.decode_parallel(h, c, known_future), 2)
        else:
            room = self.patches * config["patch"] - horizon
            first = embedded[steps - answers :].flatten(0, 1)
            y = torch.cat(
                self.decode_recursive(h, c, first, known_future, functional.pad(known, (0, room))), 2
            )
        y = y[:, :, :horizon].movedim(1, 0)
        y = torch.cat([y[:1] + known, y[1:]])
        return y.reshape(self.outputs, answers, rows, horizon)


def network_cases():
    """One of each kind; sizes, losses and extras take turns, each in its own rhythm."""
    number = 0
    for cell in CELLS:
        for layers in [1, 2]:
            for bidirectional in [False, True]:
                for decoder in ["direct", "parallel", "recursive"]:
                    for supervision in ["last", "sequence"]:
                        group = number // 6
                        patch = [1, 3, 2][(number + group) % 3]
                        yield number, {
                            "cell": cell,
                            "layers": layers,
                            "bidirectional": bidirectional,
                            "decoder": decoder,
                            "supervision": supervision,
                            "hidden": [3, 4, 5, 2][(number + group) % 4],
                            "patch": patch,
                            "lookback": 4 * patch,
                            "horizon": 5,
                            "channels": 1 + (number + group) % 2,
                            "skip": number % 5 != 0,
                            "base": number % 7 != 0,
                            "loss": ["mse", "mae", "huber"][(number // 2 + 2 * group + group // 3) % 3],
                        }
                        number += 1


def distribution_cases():
    """All losses with planes and future covariates: cells, decoders, supervision, with and without patches."""
    number = 72
    for cell in CELLS:
        for decoder in ["direct", "parallel", "recursive"]:
            for supervision in ["last", "sequence"]:
                for patched in [False, True]:
                    case = number - 72
                    turn = case // 12
                    patch = 2 + turn % 2 if patched else 1
                    future = (case + turn) % 3
                    yield number, {
                        "cell": cell,
                        "layers": 1 + case // 3 % 2,
                        "bidirectional": case // 5 % 2 == 1,
                        "decoder": decoder,
                        "supervision": supervision,
                        "hidden": [3, 4, 5, 2][case % 4],
                        "patch": patch,
                        "lookback": 4 * patch,
                        "horizon": 5,
                        "channels": 1 + case // 2 % 2 + future,
                        "future": future,
                        "skip": case % 5 != 0,
                        "base": case % 7 != 0,
                        "loss": list(OUTPUTS)[(case // 2 + turn) % 6],
                    }
                    number += 1


def deviation(plane):
    return LEAST_DEVIATION + functional.softplus(plane + SHIFT)


def freedom(plane):
    return 2 + functional.softplus(plane)


def pinball(quantile, forecast, target):
    return torch.maximum(quantile * (target - forecast), (quantile - 1) * (target - forecast))


def losses_of(kind, output, target):
    """The loss of every value. output: (O, ...)."""
    if kind == "quantile":
        pinballs = [pinball(q, output[0] + output[k + 1], target) for k, q in enumerate(QUANTILES)]
        return 2 * torch.stack(pinballs).mean(0)
    if kind == "gaussian":
        function = nn.GaussianNLLLoss(full=True, reduction="none")
        return function(output[0], target, deviation(output[1]) ** 2)
    if kind == "student_t":
        law = torch.distributions.StudentT(freedom(output[2]), output[0], deviation(output[1]))
        return -law.log_prob(target)
    function = {
        "mae": functional.l1_loss,
        "mse": functional.mse_loss,
        "huber": functional.huber_loss,
    }[kind]
    return function(output[0], target, reduction="none")


def loss_sum(kind, output, target, weight):
    return (weight * losses_of(kind, output, target)).sum()


def make_future(seed, rows, config):
    if not config.get("future"):
        return None
    direct = config["decoder"] == "direct"
    width = config["horizon"] if direct else config["patch"]
    return hashed(seed, 1 if direct else -(-config["horizon"] // width), rows, width * config["future"])


def make_batch(seed, config):
    steps = config["lookback"] // config["patch"]
    answers = steps if config["supervision"] == "sequence" else 1
    shape = (answers, ROWS, config["horizon"])
    weight = (torch.arange(torch.Size(shape).numel()) % 5 != 3).double().reshape(shape)
    return {
        "patches": hashed(seed + 1, steps, ROWS, config["patch"] * config["channels"]),
        "window": hashed(seed + 2, ROWS, config["lookback"]),
        "base": hashed(seed + 3, *shape) if config["base"] else None,
        "future": make_future(seed + 5, answers * ROWS, config),
        "change": make_future(seed + 6, answers * ROWS, config),
        "target": hashed(seed + 4, *shape, scale=2.0),
        "weight": weight,
    }


def fill(tensors, seed):
    """Make parameters, (name, tensor) in the table's order, one run of hashed numbers."""
    values = hashed(seed, sum(t.numel() for _, t in tensors), scale=0.5)
    at = 0
    with torch.no_grad():
        for _, tensor in tensors:
            tensor.copy_(values[at : at + tensor.numel()].reshape(tensor.shape))
            at += tensor.numel()


def make_network(seed, config):
    network = Network(config)
    fill(list(network.tensors()), seed)
    return network


def loss_of(network, batch, config):
    output = network(batch["patches"], batch["window"], batch["base"], batch["future"], batch["change"])
    loss = loss_sum(config["loss"], output, batch["target"], batch["weight"])
    return output, loss / batch["weight"].sum()


def write_networks(file):
    for number, config in itertools.chain(network_cases(), distribution_cases()):
        network = make_network(100 * number, config)
        output, loss = loss_of(network, make_batch(100 * number, config), config)
        loss.backward()
        file.write(f"{number}.output", output)
        file.write(f"{number}.loss", loss)
        for name, tensor in network.tensors():
            file.write(f"{number}.{name}", tensor.grad)


def write_training(file):
    """Losses of ten steps on one batch."""
    optimizers = {
        "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-1),
    }
    for index, cell in enumerate(CELLS):
        config = {
            "cell": cell,
            "layers": 2,
            "bidirectional": False,
            "decoder": "parallel",
            "supervision": "last",
            "hidden": 20,
            "patch": 3,
            "lookback": 24,
            "horizon": 7,
            "channels": 1,
            "skip": True,
            "base": True,
            "loss": "mse",
        }
        batch = make_batch(9000 + 100 * index, config)
        for name, make in optimizers.items():
            network = make_network(9000 + 100 * index, config)
            optimizer = make(network.parameters())
            losses = []
            for _ in range(10):
                optimizer.zero_grad()
                _, loss = loss_of(network, batch, config)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            file.write(f"training.{cell}.{name}", losses)


class Universal(nn.Module):
    """The network of src/core/universal.h after its windows were read."""

    GUIDES = 14
    FEATURES = 44

    def __init__(self, cell, hidden, layers):
        super().__init__()
        self.stack = CELLS[cell](self.FEATURES, hidden, layers)
        self.head = nn.Linear(hidden, 1 + len(QUANTILES) + self.GUIDES)

    def forward(self, features, guides, base, error):
        """features (T, B, 44), guides (horizon, B, 14), base (horizon, B), error (B) to outputs (1 + quantiles, horizon, B)."""
        states, _ = self.stack(features)
        correction, spreads, shares = self.head(states[-len(guides) :]).split(
            [1, len(QUANTILES), self.GUIDES], -1
        )
        location = base + error * correction[..., 0] + (shares * (guides - base[..., None])).sum(-1)
        spreads = error[None, :, None] * spreads
        return torch.cat([location[None], spreads.movedim(-1, 0)])


def write_universal(file):
    cases = [("gru", 5, 1), ("gru", 4, 2), ("lstm", 5, 1), ("rnn", 3, 2)]
    past, horizon = 6, 4
    for number, case in enumerate(cases):
        network, seed = Universal(*case), 50000 + 100 * number
        tensors = list(network.named_parameters())
        fill(tensors, seed)
        features = hashed(seed + 1, past + horizon, ROWS, Universal.FEATURES)
        guides = hashed(seed + 2, horizon, ROWS, Universal.GUIDES, scale=4.0)
        base = hashed(seed + 5, horizon, ROWS, scale=2.0)
        error = 1.5 + hashed(seed + 3, ROWS)
        target = hashed(seed + 4, horizon, ROWS, scale=2.0)
        weight = (torch.arange(horizon * ROWS) % 5 != 3).double().reshape(horizon, ROWS)
        output = network(features, guides, base, error)
        # none is so far off that the network would leave it out
        assert (output[0] - target).abs().max() < 20
        loss = loss_sum("quantile", output, target, weight) / (horizon * ROWS)
        loss.backward()
        file.write(f"{number}.output", output)
        file.write(f"{number}.loss", loss)
        for name, tensor in tensors:
            file.write(f"{number}.{name.removeprefix('stack.')}", tensor.grad)


def write_losses(file):
    output = hashed(1, 1, 40, scale=2.0)
    target = hashed(2, 40, scale=2.0)
    target[7] = output[0, 7]
    target[8] = output[0, 8] + 1.0
    weight = (torch.arange(40) % 5 != 3).double()
    for kind, outputs in OUTPUTS.items():
        if outputs > 1:
            output = hashed(3, outputs, 40, scale=4.0)
        for name, mask in [("all", torch.ones(40)), ("masked", weight)]:
            y = output.clone().requires_grad_()
            loss = loss_sum(kind, y, target, mask)
            (0.25 * loss).backward()
            file.write(f"{kind}.{name}.sum", loss)
            file.write(f"{kind}.{name}.derivative", y.grad)


def quantile_function(kind, output, levels):
    """Values of 40 steps at the levels, (levels, 40). output: (O, 40)."""
    normal = torch.distributions.Normal(0.0, 1.0)
    if kind == "gaussian":
        return output[0] + deviation(output[1]) * normal.icdf(levels)[:, None]
    if kind == "student_t":
        law = scipy.stats.t(freedom(output[2]), loc=output[0], scale=deviation(output[1]))
        return torch.stack([torch.tensor(law.ppf(level)) for level in levels.tolist()])
    known, _ = (output[0] + output[1:]).sort(0)
    trained = torch.tensor(QUANTILES)
    steps = torch.diff(known, dim=0)
    values = []
    for level in levels:
        outside = level < trained[0] or level > trained[-1]
        scale = normal.icdf if outside else lambda p: p
        i = min(max(int((trained < level).sum()) - 1, 0), len(trained) - 2)
        part = (scale(level) - scale(trained[i])) / (scale(trained[i + 1]) - scale(trained[i]))
        values.append(known[i] + part * steps[i])
    return torch.stack(values)


def write_quantiles(file):
    levels = torch.tensor([1e-6, 0.01, 0.05, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 0.999, 1 - 1e-6])
    for kind in ["quantile", "gaussian", "student_t"]:
        output = hashed(4, OUTPUTS[kind], 40, scale=4.0)
        file.write(f"{kind}.quantiles", quantile_function(kind, output, levels))


def tweedie_log_density(x, mean, phi):
    """Of power 3/2, in torch: the sum over a Poisson number of exponential amounts."""
    expected = 2 * mean.sqrt() / phi
    amount = 0.5 * phi * mean.sqrt()
    number = torch.arange(1, 2000)[:, None]
    terms = (-expected + number * expected.log() - torch.lgamma(number + 1.0)
             + torch.distributions.Gamma(number.double(), 1 / amount).log_prob(torch.where(x > 0, x, 1.0)))
    return torch.where(x > 0, torch.logsumexp(terms, 0), -expected)


def count_law(kind, output, unit):
    """Mean and dispersion of every value."""
    mean = unit * functional.softplus(output[0])
    if kind == "poisson":
        return mean, None
    dispersion = functional.softplus(2 * output[1] + 1)
    return mean, ((1e-6 + dispersion) / unit.sqrt() if kind == "negative_binomial" else (1e-3 + dispersion) * unit.sqrt())


def count_losses(kind, output, target, unit):
    mean, dispersion = count_law(kind, output, unit)
    if kind == "poisson":
        return -torch.distributions.Poisson(mean).log_prob(target)
    if kind == "negative_binomial":
        return -torch.distributions.NegativeBinomial(1 / dispersion, logits=(dispersion * mean).log()).log_prob(target)
    return -tweedie_log_density(target, mean, dispersion)


def tweedie_cumulated(value, mean, phi):
    expected, amount = 2 * math.sqrt(mean) / phi, 0.5 * phi * math.sqrt(mean)
    number = torch.arange(1, 2000).numpy()
    return math.exp(-expected) + (scipy.stats.poisson.pmf(number, expected) * scipy.stats.gamma.cdf(value, number, scale=amount)).sum()


def count_quantile(kind, level, mean, dispersion):
    if kind == "poisson":
        return scipy.stats.poisson.ppf(level, mean)
    if kind == "negative_binomial":
        return scipy.stats.nbinom.ppf(level, 1 / dispersion, 1 / (1 + dispersion * mean))
    if tweedie_cumulated(0, mean, dispersion) >= level:
        return 0.0
    return scipy.optimize.brentq(lambda x: tweedie_cumulated(x, mean, dispersion) - level, 0, 1e4 * (mean + 1), xtol=1e-13, rtol=1e-13)


def write_counts(file):
    """Counts up to some thousands in windows of several units; each of the losses, and quantiles."""
    count = 40
    unit = 2.0 ** (torch.arange(count) % 7)
    target = torch.floor(unit * torch.relu(3 * hashed(2, count, scale=2.0)))
    weight = (torch.arange(count) % 5 != 3).double()
    for kind, outputs in [("poisson", 1), ("negative_binomial", 2), ("tweedie", 2)]:
        output = hashed(3, outputs, count, scale=4.0)
        for name, mask in [("all", torch.ones(count)), ("masked", weight)]:
            y = output.clone().requires_grad_()
            loss = (mask * count_losses(kind, y, target, unit)).sum()
            (0.25 * loss).backward()
            file.write(f"{kind}.{name}.sum", loss)
            file.write(f"{kind}.{name}.derivative", y.grad)
        mean, dispersion = count_law(kind, hashed(4, outputs, count, scale=4.0), 4 * unit)
        levels = [0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.999]
        file.write(f"{kind}.quantiles", torch.tensor([[count_quantile(kind, level, float(mean[i]), 0 if dispersion is None else float(dispersion[i]))
                                                       for i in range(count)] for level in levels]))


def write_optimizers(file):
    """Parameters after six steps with these gradients, plain and with weight decay."""
    kinds = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "sgd": torch.optim.SGD,
        "rmsprop": torch.optim.RMSprop,
    }
    for name, kind in kinds.items():
        for decay in [0.0, 0.125]:
            parameter = nn.Parameter(hashed(1, 37))
            optimizer = kind([parameter], lr=0.03125, weight_decay=decay)
            for step in range(6):
                parameter.grad = hashed(10 + step, 37, scale=2.0**-step)
                optimizer.step()
                file.write(f"{name}.{decay:g}.{step}", parameter)


def write_clipping(file):
    for limit in [0.5, 1.0, 100.0]:
        first, second = nn.Parameter(torch.zeros(20)), nn.Parameter(torch.zeros(17))
        first.grad, second.grad = hashed(5, 37)[:20].clone(), hashed(5, 37)[20:].clone()
        norm = torch.nn.utils.clip_grad_norm_([first, second], limit)
        file.write(f"clip.{limit:g}.norm", norm)
        file.write(f"clip.{limit:g}.gradient", torch.cat([first.grad, second.grad]))


def write_schedules(file):
    """Learning rates of 200 steps; the cosine after its warm-up of 4 steps."""
    schedules = {
        "cosine": (196, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 196)),
        "onecycle": (
            200,
            lambda o: torch.optim.lr_scheduler.OneCycleLR(
                o, 0.125, total_steps=200, final_div_factor=400
            ),
        ),
        "step": (200, lambda o: torch.optim.lr_scheduler.StepLR(o, 20, 0.8)),
    }
    for name, (steps, make) in schedules.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.125)
        schedule = make(optimizer)
        rates = []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        file.write(f"schedule.{name}", rates)


def main():
    networks = GoldenFile("network")
    write_networks(networks)
    write_training(networks)
    write_universal(GoldenFile("universal"))
    losses = GoldenFile("loss")
    write_losses(losses)
    write_quantiles(losses)
    write_counts(GoldenFile("counts"))
    optimizers = GoldenFile("optimizer")
    write_optimizers(optimizers)
    write_clipping(optimizers)
    write_schedules(optimizers)


if __name__ == "__main__":
    main()
