#!/usr/bin/env python3
"""Writes the golden files of the recurrent layers: what torch.nn.LSTM, GRU and RNN compute.

    python3 test/golden/make_golden.py          (needs torch; rewrites test/golden/cell_*.txt)

Weights, inputs and the loss's coefficients are not stored: they are the numbers
n(1), n(2), ... of a formula that test/unit/stack_fixture.h has as well. So the
files hold only results, computed in double precision:

    shape       inputs, hidden, layers, directions, batch, steps, initial states given, loss over all steps
    output      (steps, batch, directions * hidden)
    h_n, c_n    (layers * directions, batch, hidden)
    d_...       the gradient of  sum(h_n * a) + sum(c_n * b) [+ sum(output * c)]

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
    loss = (h_n * numbers.take(1, *states)).sum()
    if cell == "lstm":
        results["c_n"] = c_n
        loss = loss + (c_n * numbers.take(1, *states)).sum()
    if all_steps:
        loss = loss + (output * numbers.take(1, *output.shape)).sum()
    loss.backward()
    for parameter_name, parameter in network.named_parameters():
        results["d_" + parameter_name] = parameter.grad
    results["d_x"] = x.grad
    if initial:
        results["d_h_0"] = h_0.grad
        if cell == "lstm":
            results["d_c_0"] = c_0.grad
    write(FOLDER / f"cell_{cell}_{name}.txt", results)


if __name__ == "__main__":
    for cell in CELLS:
        for name, shape in SHAPES.items():
            make(cell, name, shape)
