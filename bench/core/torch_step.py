"""Times one training step of one recurrent layer in PyTorch: the other side of bench/core/run.

    python3 torch_step.py CELL BATCH STEPS INPUTS HIDDEN

A step is what step.c does: forward, the loss mean(output[-1]), backward with
all weight gradients, one update by Adam (fused: PyTorch's fastest), so small that no unit
ends where gradients vanish. torch_turns.py
says what it reads and writes.
"""
import sys

import torch

from torch_turns import take_turns

CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def main():
    cell = CELLS[sys.argv[1]]
    batch, steps, inputs, hidden = map(int, sys.argv[2:6])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    layer = cell(inputs, hidden)
    x = torch.randn(steps, batch, inputs)
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-9, fused=True)

    def step():
        optimizer.zero_grad()
        output, _ = layer(x)
        output[-1].mean().backward()
        optimizer.step()

    take_turns(step, layer.parameters())


main()
