#!/usr/bin/env python3
"""Rebuild a model's networks with torch.nn from nothing but its bytes, and forecast.

    forecast_model.py MODEL.safetensors
    forecast_model.py --compare MODEL.safetensors ...

Prints the forecasts from the history that the model keeps, one a line. --compare reads for each model
the forecasts that lstm_forecast gave from MODEL.txt and prints a line with the largest difference, as a
part of the largest forecast, and with what the recurrent layers contribute to the forecast, as
the change when their weights are zero.

A model is a safetensors file. Its tensors carry PyTorch's names, behind "0.", "1.", ... where there
are several member networks; __metadata__ holds what the networks are. See docs/reference.md.
"""

import json
import math
import sys

import numpy as np
import safetensors
import torch

INSTANCE_FLOOR = 0.05  # least deviation of a window, as a part of its series' spread
LARGEST_UNIT = 1e15  # values further out are cut there


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
        other = {"history.values", "scalers", "training_log", "calibration.residuals"}
        return {
            name[len(prefix):]: tensor
            for name, tensor in self.tensors.items()
            if name.startswith(prefix) and name not in other
        }


def transformed(kind, values):
    return {"none": lambda v: v, "log": np.log, "log1p": np.log1p}[kind](values)


def restored(kind, values):
    return {"none": lambda v: v, "log": np.exp, "log1p": np.expm1}[kind](values)


def level_and_scale(member, scaler, window):
    mean, deviation, minimum, maximum, spread = scaler
    kind = member["normalization"]
    if kind == "last":
        return window[-1], spread
    if kind == "mean":
        return window[-min(member["season"], len(window)):].mean(), spread
    if kind == "instance":
        floor = spread * (INSTANCE_FLOOR if maximum > minimum else 1)
        return window.mean(), max(math.sqrt(((window - window.mean()) ** 2).mean()), floor)
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


def decode(member, parameters, encoder, embed, state, patches, horizon):
    """The decoder's answer in network units, (horizon)."""
    directions = 2 if member["bidirectional"] else 1
    head = torch.nn.functional.linear
    weight, bias = parameters["head.weight"], parameters["head.bias"]
    if member["decoder"] == "direct":
        return head(top_output(member, state, directions), weight, bias)[0]
    count = -(-horizon // member["patch_length"])
    answers = []
    if member["decoder"] == "parallel":
        for k in range(count):
            _, after = encoder(parameters["position"][k].reshape(1, 1, -1), state)
            answers.append(head(top_output(member, after, directions), weight, bias)[0])
    else:
        decoder = recurrent(member, parameters, "decoder.", encoder.input_size, 1)
        state = halves(state, directions)
        patch = patches[-1]
        for k in range(count):
            _, state = decoder(embed(patch).reshape(1, 1, -1), state)
            patch = head(top_output(member, state, 1), weight, bias)[0]
            if member["seasonal_skip"] or member["linear_skip"]:
                # what is fed back is the whole forecast, skips included
                begin = k * member["patch_length"]
                skips = member["skips"][begin:begin + member["patch_length"]]
                patch = patch + torch.nn.functional.pad(skips, (0, len(patch) - len(skips)))
            answers.append(patch)
    return torch.cat(answers)[:horizon]


def forecast_member(model, number):
    member = dict(model.members[number])
    parameters = model.parameters(number)
    scaler = model.tensors["scalers"][number, 0].numpy()
    lookback, width, horizon = member["lookback"], member["patch_length"], model.horizon

    history = model.tensors["history.values"].numpy()
    history = np.concatenate([np.full(max(0, lookback - len(history)), history[0]), history])[-lookback:]
    history = transformed(member["transform"], history)
    level, scale = level_and_scale(member, scaler, history)
    window = np.clip((history - level) / scale, -LARGEST_UNIT, LARGEST_UNIT)
    window = torch.tensor(window.astype(np.float32))

    def embed(patch):
        if width == 1:
            return patch
        return torch.relu(
            torch.nn.functional.linear(patch, parameters["embedding.weight"], parameters["embedding.bias"])
        )

    skips = torch.zeros(horizon)
    if member["seasonal_skip"]:
        period = member["seasonal_skip"]
        seasons = max(1, min(member["skip_seasons"], lookback // period))
        for season in range(1, seasons + 1):
            start = lookback - season * period
            skips = skips + torch.stack([window[start + k % period] for k in range(horizon)]) / seasons
    if member["linear_skip"]:
        skips = skips + torch.nn.functional.linear(window, parameters["skip.weight"], parameters["skip.bias"])
    member["skips"] = skips

    directions = 2 if member["bidirectional"] else 1
    patches = window.reshape(lookback // width, width)
    encoder = recurrent(member, parameters, "", member["hidden_size"] if width > 1 else 1, directions)
    _, state = encoder(embed(patches).reshape(-1, 1, encoder.input_size))
    answer = decode(member, parameters, encoder, embed, state, patches, horizon)
    if member["decoder"] != "recursive":
        answer = answer + skips
    return restored(member["transform"], level + scale * answer.numpy().astype(np.float64))


def forecast(model):
    with torch.no_grad():
        members = [forecast_member(model, number) for number in range(len(model.members))]
    return np.median(members, axis=0)


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
    if sys.argv[1] == "--compare":
        for path in sys.argv[2:]:
            print(compare(path), flush=True)
    else:
        print("\n".join(repr(value) for value in forecast(Model(sys.argv[1])).tolist()))


if __name__ == "__main__":
    main()
