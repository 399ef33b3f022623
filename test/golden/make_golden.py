#!/usr/bin/env python3
"""Writes the golden files of the recurrent layers: what torch.nn.LSTM, GRU and RNN compute.

    python3 test/golden/make_golden.py          (needs torch; rewrites test/golden/cell_*.txt and gates_*.txt)

Weights, inputs and the loss's coefficients are not stored: they are the numbers
n(1), n(2), ... of a formula that test/unit/stack_fixture.h has as well. So the
files hold only results, computed in double precision:

    shape       inputs, hidden, layers, directions, batch, steps, initial states given, loss over all steps
    output      (steps, batch, directions * hidden)
    h_n, c_n    (layers * directions, batch, hidden)
    d_...       the gradient of  sum(h_n * a) + sum(c_n * b) [+ sum(output * c)]

gates_*.txt hold what torch.nn keeps to itself, step by step: every gate, cell and hidden state
(cells, steps, batch, hidden), from its weights by the equations of its documentation, which give
its own output to the last digits, and the gradient of that same loss by what is carried on: the cell
of an LSTM, else the hidden state.

The format is that of test/unit/golden.h.
"""
import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent
CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}

# name: inputs, hidden, layers, directions, batch, steps, initial states given, loss over all steps
SHAPES = {
    "plain": (3, 33, 1, 1, 7, 6, 1, 0),
    "single": (1, 5, 1, 1, 1, 9, 0, 1),
    "bidirectional": (4, 17, 1, 2, 7, 5, 1, 1),
    "stacked": (2, 17, 2, 1, 3, 7, 0, 0),
    "stacked_bidirectional": (6, 5, 2, 2, 7, 4, 1, 1),
    "one_step": (3, 9, 2, 2, 2, 1, 0, 0),
}

GATED = ["single", "stacked", "stacked_bidirectional", "one_step"]


class Numbers:
    """n(k) = (top 24 bits of k * 2654435761 mod 2^32) / 2^24 - 1/2: exact in float, the same in C."""

    def __init__(self):
        self.count = 0

    def take(self, scale, *shape):
        size = torch.Size(shape).numel()
        k = torch.arange(self.count + 1, self.count + size + 1, dtype=torch.int64)
        self.count += size
        bits = (k * 2654435761) % 2**32 // 256
        return ((bits.double() / 2**24 - 0.5) * scale).reshape(shape)


def write(path, tensors):
    with open(path, "w") as file:
        for name, tensor in tensors.items():
            values = tensor.detach().flatten().tolist()
            file.write(f"tensor {name} {len(values)}\n")
            file.write("".join(f"{value:.9g}\n" for value in values))


def step(cell, weights, x, h, c):
    """One step by the equations of torch.nn.LSTM, GRU and RNN: the gates, and the states after it, whose gradients are kept."""
    w_ih, w_hh, b_ih, b_hh = weights
    inputs, recurrent = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    if cell == "rnn":
        h = torch.tanh(inputs + recurrent)
        h.retain_grad()
        return {}, h, None
    if cell == "gru":
        (r, z, n), (hr, hz, hn) = inputs.chunk(3, -1), recurrent.chunk(3, -1)
        reset, update = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
        candidate = torch.tanh(n + reset * hn)
        h = (1 - update) * candidate + update * h
        h.retain_grad()
        return {"reset": reset, "update": update, "candidate": candidate}, h, None
    i, f, g, o = (inputs + recurrent).chunk(4, -1)
    gates = {"input": torch.sigmoid(i), "forget": torch.sigmoid(f), "candidate": torch.tanh(g), "output": torch.sigmoid(o)}
    c = gates["forget"] * c + gates["input"] * gates["candidate"]
    c.retain_grad()
    return {**gates, "cell": c}, gates["output"] * torch.tanh(c), c


def run_steps(cell, network, x, h_0, c_0):
    """All gates by name, a (steps, batch, hidden) for each layer and direction, hidden states, those carried on, the output."""
    directions = 2 if network.bidirectional else 1
    zero = torch.zeros(network.num_layers * directions, x.shape[1], network.hidden_size, dtype=torch.float64)
    h_0, c_0 = zero if h_0 is None else h_0, zero if c_0 is None else c_0
    gates, hidden, carried = {}, [], []
    for layer in range(network.num_layers):
        for direction in range(directions):
            number = layer * directions + direction
            weights = [getattr(network, f"{tensor}_l{layer}" + "_reverse" * direction)
                       for tensor in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            h, c, kept = h_0[number], c_0[number], [None] * len(x)
            order = range(len(x)) if direction == 0 else reversed(range(len(x)))
            for t in order:
                own, h, c = step(cell, weights, x[t], h, c)
                kept[t] = {**own, "hidden": h}
            for gate in kept[0]:
                gates.setdefault(gate, []).append(torch.stack([values[gate] for values in kept]))
            hidden.append([values["hidden"] for values in kept])
            carried.append([values["cell" if cell == "lstm" else "hidden"] for values in kept])
        x = torch.stack([torch.cat([hidden[layer * directions + d][t] for d in range(directions)], -1) for t in range(len(x))])
    return gates, hidden, carried, x


def make_gates(cell, name, network, x, h_0, c_0, output, coefficients):
    """coefficients: of the loss, for h_n, c_n and the output, None where it has no such part."""
    gates, hidden, carried, own_output = run_steps(cell, network, x, h_0, c_0)
    assert torch.allclose(own_output, output, rtol=0, atol=1e-12)
    directions = 2 if network.bidirectional else 1
    last = lambda number: 0 if number % directions else -1
    a, b, c = coefficients
    loss = sum((steps[last(number)] * a[number]).sum() for number, steps in enumerate(hidden))
    if b is not None:
        loss = loss + sum((steps[last(number)] * b[number]).sum() for number, steps in enumerate(carried))
    if c is not None:
        loss = loss + (own_output * c).sum()
    loss.backward()
    results = {gate: torch.stack(values) for gate, values in gates.items()}
    results["gradient"] = torch.stack([torch.stack([state.grad for state in steps]) for steps in carried])
    write(FOLDER / f"gates_{cell}_{name}.txt", results)


def make(cell, name, shape):
    inputs, hidden, layers, directions, batch, steps, initial, all_steps = shape
    network = CELLS[cell](inputs, hidden, layers, bidirectional=directions == 2).double()
    numbers = Numbers()
    with torch.no_grad():
        for parameter in network.parameters():  # by layer and direction: w_ih, w_hh, b_ih, b_hh
            parameter.copy_(numbers.take(0.5, *parameter.shape))
    x = numbers.take(2, steps, batch, inputs).requires_grad_()
    states = (layers * directions, batch, hidden)
    h_0 = numbers.take(1, *states).requires_grad_() if initial else None
    c_0 = numbers.take(1, *states).requires_grad_() if initial and cell == "lstm" else None
    if cell == "lstm":
        output, (h_n, c_n) = network(x, (h_0, c_0) if initial else None)
    else:
        output, h_n = network(x, h_0)

    results = {"shape": torch.tensor(shape), "output": output, "h_n": h_n}
    of_h = numbers.take(1, *states)
    of_c = numbers.take(1, *states) if cell == "lstm" else None
    of_output = numbers.take(1, *output.shape) if all_steps else None
    loss = (h_n * of_h).sum()
    if cell == "lstm":
        results["c_n"] = c_n
        loss = loss + (c_n * of_c).sum()
    if all_steps:
        loss = loss + (output * of_output).sum()
    loss.backward()
    for parameter_name, parameter in network.named_parameters():
        results["d_" + parameter_name] = parameter.grad
    results["d_x"] = x.grad
    if initial:
        results["d_h_0"] = h_0.grad
        if cell == "lstm":
            results["d_c_0"] = c_0.grad
    write(FOLDER / f"cell_{cell}_{name}.txt", results)
    if name in GATED:
        make_gates(cell, name, network, x, h_0, c_0, output, (of_h, of_c, of_output))


if __name__ == "__main__":
    for cell in CELLS:
        for name, shape in SHAPES.items():
            make(cell, name, shape)
