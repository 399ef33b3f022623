#!/usr/bin/env python3
"""Rebuild a model's networks with torch.nn from nothing but its bytes, and forecast.

    forecast_model.py MODEL.safetensors
    forecast_model.py --compare MODEL.safetensors ...
    forecast_model.py --gates MODEL.safetensors ...

Prints the forecasts from the histories that the model keeps, series by series, one a line. --compare
reads for each model the forecasts that lstm_forecast gave from MODEL.txt and prints a line with the largest difference, as a
part of the largest forecast, and with what the recurrent layers contribute to the forecast, as
the change when their weights are zero. --gates reads the rows of lstm_gates from MODEL.gates, the columns of GATES
behind keys of KEYS (the series counted from 0), and prints for each model the largest difference from what the weights
give by the equations of torch.nn's documentation, which are run beside torch.nn itself, and the largest difference of gradients as
a part of the largest, which are autograd's.

A model is a safetensors file. Its tensors carry PyTorch's names, behind "0.", "1.", ... where there
are several member networks; __metadata__ holds what the networks are. See docs/reference.md. Features of the
calendar are rebuilt for steps of a fixed length and of days.
"""

import csv
import datetime
import json
import math
import sys
import types
import zoneinfo

import numpy as np
import safetensors
import torch

INSTANCE_FLOOR = 0.05  # least deviation of a window, as a part of its series' spread
ASSUMED_STEPS = 4  # steps like the series' others that stand for the missing ones of a window
LEAST_REACH = math.log(100)  # by which a logarithm of what has none lies below the series' smallest
LARGEST_UNIT = 1e15  # values further out are cut there
LARGEST_COVARIATE = 10.0  # deviations
KEYS = ["series", "member", "layer", "direction", "step", "unit"]
GATES = ["forget", "input", "candidate", "output", "cell", "reset", "update", "hidden", "gradient"]
DAY = 86400 * 10**6  # microseconds
EPOCH = datetime.datetime(2000, 1, 1)  # of PostgreSQL's timestamps


class Model:
    def __init__(self, path):
        with safetensors.safe_open(path, "pt") as file:
            metadata = file.metadata()
            self.tensors = {name: file.get_tensor(name) for name in file.keys()}
        self.model = json.loads(metadata["lstm_forecast.model"])
        self.options = json.loads(metadata["lstm_forecast.options"])
        self.members = self.model["members"]
        self.horizon = self.model["horizon"]

    def parameters(self, number):
        """The state_dict of a member."""
        prefix = f"{number}." if len(self.members) > 1 else ""
        other = {"history.values", "history.covariates", "series", "series_errors", "usual_spreads", "scalers",
                 "training_log", "calibration.residuals"}
        return {
            name[len(prefix):]: tensor
            for name, tensor in self.tensors.items()
            if name.startswith(prefix) and name not in other
        }

    def series(self):
        """Of each series the history, the covariates from its first step on, and its steps' calendar."""
        values, steps = self.tensors["history.values"].numpy(), 0
        covariates, covered_steps = self.covariates(), 0
        for row in self.tensors["series"].tolist():
            _, length, covered, _, last_time = row[:5]
            channels = covariates[covered_steps:covered_steps + covered]
            if self.model["covariates"]["calendar"]:
                # beyond the known ones, the user's covariates count as their mean
                channels = np.pad(channels, ((0, max(0, length + self.horizon - covered)), (0, 0)))
                calendar = [
                    calendar_features(self.model["frequency"], last_time, i - length + 1)
                    for i in range(len(channels))
                ]
                channels = np.concatenate([channels, np.array(calendar)], 1)
            yield values[steps:steps + length], channels
            steps, covered_steps = steps + length, covered_steps + covered

    def covariates(self):
        """The user's, in the networks' units, (steps, past + future)."""
        kept = self.model["covariates"]
        if kept["past"] + kept["future"] == 0:
            return np.zeros((self.tensors["series"][:, 2].sum(), 0))
        units = (self.tensors["history.covariates"].numpy() - kept["means"]) / kept["deviations"]
        return np.clip(units, -LARGEST_COVARIATE, LARGEST_COVARIATE)


def cycle(share):
    return [math.sin(2 * math.pi * share), math.cos(2 * math.pi * share)]


def calendar_features(frequency, last_time, step):
    """Cycles of day, week, month and year that the steps go through, `step` steps after last_time."""
    if frequency["kind"] not in ["fixed", "days"]:
        sys.exit(f"features of the calendar are not rebuilt for frequencies of kind {frequency['kind']}")
    length = frequency["count"] * (DAY if frequency["kind"] == "days" else 1)
    local = EPOCH + datetime.timedelta(microseconds=last_time)
    zone = zoneinfo.ZoneInfo(frequency["zone"])
    if frequency["kind"] == "days":
        local = local.replace(tzinfo=datetime.timezone.utc).astimezone(zone).replace(tzinfo=None)
    local += datetime.timedelta(microseconds=step * length)
    if frequency["kind"] == "fixed":
        local = local.replace(tzinfo=datetime.timezone.utc).astimezone(zone).replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    next_month = (midnight.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    month = (local.day - 1) / (next_month - midnight.replace(day=1)).days
    features = []
    if length % DAY != 0:
        features += cycle((local - midnight) / datetime.timedelta(days=1))
    if length % (7 * DAY) != 0:
        features += cycle(local.weekday() / 7)
    if length >= DAY:
        features += cycle(month)
    return features + cycle((local.month - 1 + month) / 12)


def transformed(kind, values, scaler):
    if kind == "none":
        return values
    _, _, minimum, maximum, _ = scaler
    floor = minimum - max(maximum - minimum, LEAST_REACH)
    if kind == "log":
        return np.where(values > 0, np.log(np.where(values > 0, values, 1)), floor)
    return np.maximum(np.log1p(np.maximum(values, np.nextafter(-1, 0))), floor)


def restored(kind, values):
    return {"none": lambda v: v, "log": np.exp, "log1p": np.expm1}[kind](values)


def level_and_scale(member, scaler, window, missing):
    """window: the real steps, without the missing ones before them."""
    mean, deviation, minimum, maximum, spread = scaler
    kind = member["normalization"]
    if kind == "last":
        return window[-1], spread
    if kind == "mean":
        return window[-min(member["season"], len(window)):].mean(), spread
    if kind in ("instance", "season"):
        season = min(member["season"], len(window)) if kind == "season" else len(window)
        floor = spread * (INSTANCE_FLOOR if maximum > minimum else 1)
        assumed = min(missing, ASSUMED_STEPS)
        squares = ((window - window.mean()) ** 2).sum() + assumed * spread**2
        return window[-season:].mean(), max(math.sqrt(squares / (len(window) + assumed)), floor)
    if kind == "standard":
        return mean, deviation
    if kind == "minmax":
        return minimum, maximum - minimum if maximum > minimum else deviation
    return 0.0, 1.0


def recurrent(member, parameters, prefix, inputs, directions):
    """A torch.nn.LSTM, GRU or RNN with the file's weights; their names need no translation."""
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[member["cell"]]
    stack = kind(inputs, member["hidden_size"], member["num_layers"], bidirectional=directions == 2)
    stack.load_state_dict({name: parameters[prefix + name] for name in stack.state_dict()})
    return stack.eval()


def top_output(member, state, directions):
    """The top layer's hidden state, both directions side by side."""
    hidden = state[0] if member["cell"] == "lstm" else state  # (layers * directions, 1, H)
    return hidden[-directions:].reshape(1, -1)


def halves(state, directions):
    """Encoder states for a decoder of one direction: the mean of both."""
    if isinstance(state, tuple):
        return tuple(halves(part, directions) for part in state)
    layers = state.shape[0] // directions
    return state.reshape(layers, directions, 1, -1).mean(1).contiguous()


def output_patch(member, parameters, features, patch):
    """The head's answer for an output patch, (O, W): the location, then what else the loss asks for."""
    if "head" in member["known"]:
        features = features + member["known"]["head"][patch]
    y = torch.nn.functional.linear(features, parameters["head.weight"], parameters["head.bias"])
    return y.reshape(output_count(member), -1)


def output_count(member):
    return {"quantile": 1 + len(member.get("quantiles", [])), "gaussian": 2, "student_t": 3}.get(member["loss"], 1)


def decode(member, parameters, encoder, embed, state, patches, horizon):
    """The decoder's answer in network units, (O, horizon), with the skips."""
    directions = 2 if member["bidirectional"] else 1
    width = horizon if member["decoder"] == "direct" else member["patch_length"]
    count = -(-horizon // width)
    skips = torch.nn.functional.pad(member["skips"], (0, count * width - horizon)).reshape(count, width)
    position = member["known"].get("position")
    answers = []

    def answer(features, k):
        y = output_patch(member, parameters, features, k)
        answers.append(torch.cat([y[:1] + skips[k], y[1:]]))

    if member["decoder"] == "direct":
        answer(top_output(member, state, directions), 0)
    elif member["decoder"] == "parallel":
        for k in range(count):
            x = parameters["position"][k] + (0 if position is None else position[k])
            _, after = encoder(x.reshape(1, 1, -1), state)
            answer(top_output(member, after, directions), k)
    else:
        decoder = recurrent(member, parameters, "decoder.", encoder.input_size, 1)
        state = halves(state, directions)
        patch = patches[-1]
        for k in range(count):
            _, state = decoder(embed(patch).reshape(1, 1, -1), state)
            answer(top_output(member, state, 1), k)
            # what is fed back is the whole forecast, skips included, and no covariates
            patch = torch.zeros(width, member["channels"])
            patch[:, 0] = answers[-1][0]
            patch = patch.flatten()
    return torch.cat(answers, 1)[:, :horizon]


def known_future(member, parameters, covariates, horizon):
    """What the covariates of each output patch add, to its position or to the head's input."""
    if member["future"] == 0:
        return {}
    width = horizon if member["decoder"] == "direct" else member["patch_length"]
    count = -(-horizon // width)
    ahead = torch.zeros(count * width, member["future"])
    ahead[:horizon] = covariates[:, -member["future"]:]
    added = torch.relu(torch.nn.functional.linear(
        ahead.reshape(count, -1), parameters["future.weight"], parameters["future.bias"]))
    to_position = member["decoder"] == "parallel" and member["patch_length"] > 1
    return {"position" if to_position else "head": added}


def covariate_effect(member, parameters, window, missing, ahead):
    """What the change of each step's future covariates adds to its answer, (horizon)."""
    count = member["future"]
    own, before = window[:, -count:], None
    if member["seasonal_skip"]:
        before = naive(own, member["seasonal_skip"], member["skip_seasons"], missing, len(ahead))
    if before is None:
        real = len(window) - missing
        season = min(member["season"], real)
        steps = {"last": min(1, real), "mean": season, "season": season, "instance": real}.get(member["normalization"], 0)
        before = own[len(own) - steps:].mean(0) if steps > 0 else torch.zeros(count)
    change = ahead[:, -count:] - before
    units = torch.relu(torch.nn.functional.linear(change, parameters["covariate.weight"], parameters["covariate.bias"]))
    return torch.cat([units, change], 1) @ parameters["covariate.head"]


def naive(window, period, seasons, missing, horizon):
    """The seasonal naive forecast of each channel: the mean of the last seasons that are real, else the last value, or None."""
    lookback = len(window)
    seasons = min(max(1, seasons), (lookback - missing) // period)
    if seasons < 1:
        return window[-1:].expand(horizon, *window.shape[1:]) if lookback >= period and lookback > missing else None
    steps = torch.arange(horizon) % period
    return sum(window[lookback - season * period + steps] for season in range(1, seasons + 1)) / seasons


def location(member, answer):
    """The forecast in network units, (horizon), from all outputs."""
    if member["loss"] != "quantile":
        return answer[0].numpy().astype(np.float64)
    quantiles = np.sort(answer[0].numpy().astype(np.float64) + answer[1:].numpy(), axis=0)
    assert member["quantiles"][0] <= 0.5 <= member["quantiles"][-1]
    return np.array([np.interp(0.5, member["quantiles"], step) for step in quantiles.T])


def window_of(member, scaler, history, covariates):
    """The window in network units, (lookback, channels), how many steps are missing, level and scale."""
    lookback = member["lookback"]
    real = transformed(member["transform"], history[-lookback:], scaler)
    missing = lookback - len(real)
    level, scale = level_and_scale(member, scaler, real, missing)
    window = np.zeros((lookback, member["channels"]))
    window[missing:, 0] = np.clip((real - level) / scale, -LARGEST_UNIT, LARGEST_UNIT)
    window[missing:, 1:] = covariates[len(history) - len(real):len(history)]
    return torch.tensor(window.astype(np.float32)), missing, level, scale


def prepare_member(model, number, index, history, covariates):
    """Member `number` before it reads series `index`: its encoder, what that reads, and what its decoder needs."""
    member = dict(model.members[number])
    parameters = model.parameters(number)
    scaler = model.tensors["scalers"][number, index].numpy()
    width, horizon = member["patch_length"], model.horizon
    window, missing, level, scale = window_of(member, scaler, history, covariates)
    ahead = torch.tensor(covariates[len(history):len(history) + horizon].astype(np.float32))

    def embed(patch):
        if width == 1:
            return patch
        return torch.relu(
            torch.nn.functional.linear(patch, parameters["embedding.weight"], parameters["embedding.bias"])
        )

    skips = torch.zeros(horizon)
    if member["seasonal_skip"]:
        base = naive(window[:, 0], member["seasonal_skip"], member["skip_seasons"], missing, horizon)
        skips = skips if base is None else base
    if member["linear_skip"]:
        skips = skips + torch.nn.functional.linear(window[:, 0], parameters["skip.weight"], parameters["skip.bias"])
    if member["future"] > 0:
        skips = skips + covariate_effect(member, parameters, window, missing, ahead)
    member["skips"] = skips
    member["known"] = known_future(member, parameters, ahead, horizon)

    directions = 2 if member["bidirectional"] else 1
    patches = window.reshape(member["lookback"] // width, width * member["channels"])
    inputs = member["hidden_size"] if width > 1 else member["channels"]
    encoder = recurrent(member, parameters, "", inputs, directions)
    return types.SimpleNamespace(
        member=member, parameters=parameters, encoder=encoder, embed=embed, patches=patches, horizon=horizon, level=level,
        scale=scale, directions=directions, read=embed(patches).reshape(-1, 1, inputs))


def answer_of(prepared, state):
    """The answer in network units, (O, horizon), from the encoder's final state."""
    return decode(prepared.member, prepared.parameters, prepared.encoder, prepared.embed, state, prepared.patches, prepared.horizon)


def forecast_member(model, number, index, history, covariates):
    """The forecast of series `index` by member `number`."""
    prepared = prepare_member(model, number, index, history, covariates)
    _, state = prepared.encoder(prepared.read)
    units = location(prepared.member, answer_of(prepared, state))
    return restored(prepared.member["transform"], prepared.level + prepared.scale * units)


def watched(state):
    """The state, whose gradient is kept."""
    state.requires_grad_() if state.is_leaf else state.retain_grad()
    return state


def cell_step(kind, weights, x, h, c):
    """One step of a cell: its gates by name, and the states after it, of which what is carried on is watched."""
    w_ih, w_hh, b_ih, b_hh = weights
    inputs, recurrent = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    if kind == "rnn":
        return {}, watched(torch.tanh(inputs + recurrent)), c
    if kind == "gru":
        (r, z, n), (hr, hz, hn) = inputs.chunk(3, -1), recurrent.chunk(3, -1)
        reset, update = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
        candidate = torch.tanh(n + reset * hn)
        return {"reset": reset, "update": update, "candidate": candidate}, watched((1 - update) * candidate + update * h), c
    i, f, g, o = (inputs + recurrent).chunk(4, -1)
    gates = {"input": torch.sigmoid(i), "forget": torch.sigmoid(f), "candidate": torch.tanh(g), "output": torch.sigmoid(o)}
    c = watched(gates["forget"] * c + gates["input"] * gates["candidate"])
    return {**gates, "cell": c}, gates["output"] * torch.tanh(c), c


def gates_of_member(prepared):
    """Of each (layer, direction, step) the gates by name, (hidden size), and the gradient of the mean answer by what is carried on."""
    member, directions = prepared.member, prepared.directions
    x, count, found, last_h, last_c = prepared.read, len(prepared.read), {}, [], []
    for layer in range(member["num_layers"]):
        below = []
        for direction, name in enumerate(["forward", "reverse"][:directions]):
            suffix = f"_l{layer}" + "_reverse" * direction
            weights = [prepared.parameters[tensor + suffix] for tensor in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            h = c = torch.zeros(1, member["hidden_size"])
            states = [None] * count
            for t in range(count) if direction == 0 else reversed(range(count)):
                own, h, c = cell_step(member["cell"], weights, x[t], h, c)
                states[t] = h
                found[layer + 1, name, t - count + 1] = {**own, "hidden": h}
            below.append(torch.stack(states))
            last_h.append(h)
            last_c.append(c)
        x = torch.cat(below, -1)
    with torch.no_grad():
        output, _ = prepared.encoder(prepared.read)
        assert (output - x).abs().max() < 1e-5, "the equations give another output than torch.nn"
    state = torch.stack(last_h)
    if member["cell"] == "lstm":
        state = (state, torch.stack(last_c))
    answer_of(prepared, state)[0].mean().backward()
    for gates in found.values():
        carried = gates.get("cell", gates["hidden"])
        gates["gradient"] = torch.zeros_like(carried) if carried.grad is None else carried.grad
    return found


def all_gates(model):
    """The values of GATES by KEYS."""
    rows = {}
    for index, (history, covariates) in enumerate(model.series()):
        for number in range(len(model.members)):
            prepared = prepare_member(model, number, index, history, covariates)
            for key, gates in gates_of_member(prepared).items():
                values = [gates[name].flatten().tolist() if name in gates else None for name in GATES]
                for unit in range(prepared.member["hidden_size"]):
                    rows[index, number + 1, *key, unit + 1] = [None if own is None else own[unit] for own in values]
    return rows


def compare_gates(path):
    rows = all_gates(Model(path))
    given = {}
    with open(path.removesuffix(".safetensors") + ".gates") as file:
        for line in csv.reader(file, delimiter="|"):
            key = tuple(word if name == "direction" else int(word) for name, word in zip(KEYS, line))
            given[key] = [float(word) if word else None for word in line[len(KEYS):]]
    if given.keys() != rows.keys():
        return f"{path}: {len(rows)} rows here, {len(given)} there"
    if any((own is None) != (other is None) for key in rows for own, other in zip(rows[key], given[key])):
        return f"{path}: gates of other kinds"
    pairs = np.array([[[np.nan if value is None else value for value in values] for values in (rows[key], given[key])] for key in rows])
    differences = np.abs(pairs[:, 0] - pairs[:, 1])
    largest = np.abs(pairs[:, 0, -1]).max()
    return (f"{path}: {np.isfinite(differences).sum()} values, gates differ by {np.nanmax(differences[:, :-1]):.2e}, "
            f"gradients by {differences[:, -1].max() / largest:.2e} of {largest:.2e}")


def forecast(model):
    """Forecasts of all series behind one another."""
    forecasts = []
    with torch.no_grad():
        for index, (history, covariates) in enumerate(model.series()):
            members = [
                forecast_member(model, number, index, history, covariates)
                for number in range(len(model.members))
            ]
            forecasts.append(np.median(members, axis=0))
    return limited(model, np.concatenate(forecasts))


def limited(model, forecasts):
    """Within the options minimum and maximum, which are words where there is no limit."""
    limits = [model.options.get(name) for name in ("minimum", "maximum")]
    return np.clip(forecasts, *[limit if isinstance(limit, (int, float)) else end
                                for limit, end in zip(limits, (-math.inf, math.inf))])


def compare(path):
    model = Model(path)
    forecasts = forecast(model)
    expected = np.loadtxt(path.removesuffix(".safetensors") + ".txt", ndmin=1)
    if len(expected) != len(forecasts):
        return f"{path}: {len(forecasts)} forecasts here, {len(expected)} there"
    difference = np.abs(forecasts - expected).max() / np.abs(expected).max()
    for name, tensor in model.tensors.items():
        if "weight_ih_l" in name or "weight_hh_l" in name:
            tensor.zero_()
    contribution = np.abs(forecast(model) - forecasts).max() / np.abs(forecasts).max()
    return f"{path}: difference {difference:.2e}, recurrent layers contribute {contribution:.2e}"


def main():
    if sys.argv[1] == "--gates":
        for path in sys.argv[2:]:
            print(compare_gates(path), flush=True)
    elif sys.argv[1] == "--compare":
        for path in sys.argv[2:]:
            print(compare(path), flush=True)
    else:
        print("\n".join(repr(value) for value in forecast(Model(sys.argv[1])).tolist()))


if __name__ == "__main__":
    main()
