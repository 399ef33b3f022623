#!/usr/bin/env python3
"""Golden files of the forecasting network and of the universal one, made with PyTorch.

Writes network.txt and universal.txt beside this script.
"""
import itertools

import torch
from golden import CELLS, GoldenFile, fill, hashed
from make_golden_loss import OUTPUTS, QUANTILES, loss_sum
from torch import nn
from torch.func import functional_call
from torch.nn import functional

ROWS = 3
COVARIATE_UNITS = 32


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


def main():
    networks = GoldenFile("network")
    write_networks(networks)
    write_training(networks)
    write_universal(GoldenFile("universal"))


if __name__ == "__main__":
    main()
