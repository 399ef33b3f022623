"""Trains in PyTorch what lstm_train trains: the other side of bench/end_to_end/run.

    python3 torch_train.py INFO.json THREADS

INFO.json is what lstm_model_info says of the model to be matched. For each line that comes in, a JSON
array of numbers of its networks, the script reads the table "reading" by psycopg, trains these networks
one after another, and answers with a line of JSON: seconds from the connection to the trained weights,
those of the reading, numbers of parameters, validation losses. The forecasts go into the table
"torch_forecast" afterwards.
"""
import copy
import json
import math
import sys
import time

import psycopg
import torch
from torch import nn

ASSUMED_STEPS = 4  # steps of a usual deviation that stand for those before the series
INSTANCE_FLOOR = 0.05  # least deviation of a window, as a part of its series' spread
MOST_VALIDATION_WINDOWS = 512
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
TRANSFORMS = {"none": (lambda v: v, lambda v: v), "log": (torch.log, torch.exp)}


class Network(nn.Module):
    """Patch embedding, recurrent layer, parallel decoder, linear skip; after SegRNN (Lin et al. 2023)."""

    def __init__(self, member, horizon):
        super().__init__()
        width, hidden = member["patch_length"], member["hidden_size"]
        self.width, self.horizon = width, horizon
        self.output_patches = math.ceil(horizon / width)
        self.embedding = nn.Linear(width, hidden)
        self.cell = CELLS[member["cell"]](hidden, hidden, member["num_layers"])
        self.position = nn.Parameter(torch.randn(self.output_patches, hidden))
        self.head = nn.Linear(hidden, width)
        self.skip = nn.Linear(member["lookback"], horizon)
        self.initialize(hidden)

    def initialize(self, hidden):
        nn.init.xavier_uniform_(self.embedding.weight)
        for name, tensor in self.cell.named_parameters():
            for gate in range(len(tensor) // hidden):
                block = tensor.data[gate * hidden:(gate + 1) * hidden]
                if "weight_ih" in name:
                    nn.init.xavier_uniform_(block)
                elif "weight_hh" in name:
                    nn.init.orthogonal_(block)
                else:  # the forget gate is open at first
                    block.fill_(isinstance(self.cell, nn.LSTM) and "bias_ih" in name and gate == 1)
        for tensor in (self.embedding.bias, *self.head.parameters(), *self.skip.parameters()):
            nn.init.zeros_(tensor)

    def forward(self, window):  # (B, L)
        batch, count = len(window), self.output_patches
        patches = window.view(batch, -1, self.width).transpose(0, 1)  # (n, B, w)
        _, state = self.cell(torch.relu(self.embedding(patches)))
        if isinstance(state, tuple):
            state = tuple(part.repeat(1, count, 1) for part in state)
        else:
            state = state.repeat(1, count, 1)
        decoded, _ = self.cell(self.position.repeat_interleave(batch, 0)[None], state)  # (1, m * B, d)
        answer = self.head(decoded.view(count, batch, -1)).transpose(0, 1).reshape(batch, -1)
        return answer[:, :self.horizon] + self.skip(window)


class Panel:
    """All series end to end, each behind a lookback of padding, and their windows by index."""

    def __init__(self, member, horizon, series):
        self.lookback, self.horizon, self.member = member["lookback"], horizon, member
        self.transform, self.invert = TRANSFORMS[member["transform"]]
        self.lengths = torch.tensor([len(values) for values in series])
        padded = [torch.nn.functional.pad(self.transform(values), (self.lookback, 0)) for values in series]
        ends = torch.tensor([len(values) for values in padded]).cumsum(0)
        self.first = ends - self.lengths  # place of each series' first value
        self.values = torch.cat([*padded, torch.zeros(self.lookback + horizon)]).float()
        self.windows = self.values.unfold(0, self.lookback + horizon, 1)  # a view: nothing is copied
        self.steps_before = self.lookback - torch.arange(self.lookback)
        self.spread = self.measure_spread(horizon)

    def measure_spread(self, tail, windows=16):
        """Of each series the root mean square of the training part's steps around their windows' levels."""
        known = (self.lengths - tail)[:, None]
        begin = torch.minimum(torch.tensor(self.lookback), known // 2)
        origin = begin + ((known - 1 - begin) * torch.linspace(0, 1, windows)).long()  # (series, windows)
        reach = torch.arange(-self.lookback, (self.lookback + 1) // 2)
        steps = origin[:, :, None] + reach
        inside = (steps >= 0) & (steps < known[:, :, None])
        values = self.values[(self.first[:, None, None] + steps).clamp(0, len(self.values) - 1)]
        season = min(self.member["season"], self.lookback)
        recent = (reach < 0) & (reach >= -season) & inside
        level = (values * recent).sum(2) / recent.sum(2)
        squares = ((values - level[:, :, None]) ** 2 * inside).sum((1, 2))
        spread = (squares / inside.sum((1, 2))).sqrt()
        if self.member["transform"] == "log" and self.member["normalization"] == "mean":
            spread = spread.sort().values[len(spread) // 2].expand(len(spread))  # relative errors compare
        return spread

    def read(self, series, origin):
        """Windows in network units: inputs (B, L), targets (B, H), levels and scales (B, 1)."""
        both = self.windows.index_select(0, self.first[series] + origin - self.lookback)
        real = self.steps_before <= origin[:, None]
        window = both[:, :self.lookback]
        level = window[:, -self.member["season"]:].mean(1, keepdim=True)
        scale = self.spread[series][:, None]
        if self.member["normalization"] in ("instance", "season"):
            level, scale = self.level_by_deviation(window, real, origin[:, None], level, scale)
        both = (both - level) / scale
        return both[:, :self.lookback] * real, both[:, self.lookback:], level, scale

    def level_by_deviation(self, window, real, origin, level, spread):
        count = origin.clamp(max=self.lookback)
        mean = (window * real).sum(1, keepdim=True) / count
        squares = ((window - mean) ** 2 * real).sum(1, keepdim=True)
        assumed = (self.lookback - count).clamp(max=ASSUMED_STEPS)
        deviation = ((squares + assumed * spread**2) / (count + assumed)).sqrt()
        return mean if self.member["normalization"] == "instance" else level, deviation.maximum(INSTANCE_FLOOR * spread)

    def seasonal(self, window):
        """The naive forecast that the network's output is added to."""
        period, seasons = self.member["seasonal_skip"], max(1, self.member["skip_seasons"])
        if period == 0:
            return 0.0
        season = window[:, -seasons * period:].view(len(window), seasons, period).mean(1)
        return season.repeat(1, math.ceil(self.horizon / period))[:, :self.horizon]


class Sampler:
    """Every series once in a random order, each time with a random one of its windows."""

    def __init__(self, panel, least_history):
        tail = panel.horizon
        self.least = least_history
        self.counts = (panel.lengths - tail - panel.horizon - least_history + 1).clamp(min=0)
        self.series = self.counts.nonzero()[:, 0]

    def epoch(self, steps, batch):
        passes = math.ceil(steps * batch / len(self.series)) + 1
        drawn = torch.cat([self.series[torch.randperm(len(self.series))] for _ in range(passes)])[:steps * batch]
        origin = self.least + (torch.rand(len(drawn)) * self.counts[drawn]).long()
        return zip(drawn.split(batch), origin.split(batch))


def rate_at(step, steps, peak):
    """Warm-up, then half a cosine wave down to zero."""
    warm_up = steps // 50
    if step < warm_up:
        return peak * (step + 1) / (warm_up + 1)
    return peak / 2 * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up)))


def train(member, info, panel):
    """A trained network and its validation loss."""
    torch.manual_seed(member["seed"] % 2**63)
    network = Network(member, info["horizon"])
    parameters = list(network.parameters())
    optimizer = torch.optim.Adam(parameters, lr=member["learning_rate"], fused=True)
    sampler = Sampler(panel, min(max(info["season"], info["horizon"]), member["lookback"]))
    assert sampler.counts.sum() == info["train_windows"]

    held = torch.linspace(0, len(panel.lengths) - 1, min(len(panel.lengths), MOST_VALIDATION_WINDOWS)).long()
    held_window, held_target, _, _ = panel.read(held, panel.lengths[held] - panel.horizon)
    held_target = held_target - panel.seasonal(held_window)

    best, best_loss, step, steps = None, math.inf, 0, member["max_steps"]
    for _ in range(member["max_epochs"]):
        for series, origin in sampler.epoch(steps // member["max_epochs"], member["batch_size"]):
            window, target, _, _ = panel.read(series, origin)
            optimizer.param_groups[0]["lr"] = rate_at(step, steps, member["learning_rate"])
            optimizer.zero_grad()
            loss = nn.functional.l1_loss(network(window), target - panel.seasonal(window))
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, info["options"]["gradient_clip"])
            optimizer.step()
            step += 1
        with torch.no_grad():
            loss = nn.functional.l1_loss(network(held_window), held_target).item()
        if loss < best_loss:
            best, best_loss = copy.deepcopy(network.state_dict()), loss
    network.load_state_dict(best)
    return network, best_loss


def read_series(connection):
    rows = connection.execute(
        "SELECT series, array_agg(value ORDER BY ts) FROM reading GROUP BY series ORDER BY series"
    )
    return [(name, torch.tensor(values, dtype=torch.float64)) for name, values in rows]


@torch.no_grad()
def forecast(network, panel):
    window, _, level, scale = panel.read(torch.arange(len(panel.lengths)), panel.lengths)
    units = network(window) + panel.seasonal(window)
    return panel.invert(units * scale + level)


def keep_forecasts(connection, names, forecasts):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM torch_forecast WHERE member = ANY (%s)", [list(forecasts)])
        with cursor.copy("COPY torch_forecast (member, series, step, forecast) FROM STDIN") as copy_in:
            for member, values in forecasts.items():
                for name, row in zip(names, values.tolist()):
                    for step, value in enumerate(row, 1):
                        copy_in.write_row((member, name, step, value))
    connection.commit()


def run(info, numbers):
    started = time.perf_counter()
    with psycopg.connect() as connection:
        rows = read_series(connection)
        read_at = time.perf_counter()
        trained = {}
        for number in numbers:
            member = {"season": info["season"], **info["members"][number]}
            panel = Panel(member, info["horizon"], [values for _, values in rows])
            trained[number] = (*train(member, info, panel), panel)
        seconds = time.perf_counter() - started
        keep_forecasts(connection, [name for name, _ in rows],
                       {number: forecast(network, panel) for number, (network, _, panel) in trained.items()})
    networks = [network for network, _, _ in trained.values()]
    return {
        "seconds": seconds,
        "reading": read_at - started,
        "parameters": [sum(tensor.numel() for tensor in network.parameters()) for network in networks],
        "validation": [loss for _, loss, _ in trained.values()],
    }


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        info = json.load(file)
    torch.set_num_threads(int(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(info, json.loads(line))), flush=True)


main()
