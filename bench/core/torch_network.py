"""Times one training step of the segment network in PyTorch: the other side of bench/core/run.

    python3 torch_network.py BATCH LOOKBACK HORIZON PATCH WIDTH

A step is what network.c does: patch embedding, GRU, parallel decoder, linear skip, mean absolute
error, backward, the gradient clipped to norm 1, one update by Adam (fused: PyTorch's fastest).
torch_turns.py says what it reads and writes.
"""
import sys

import torch
from torch import nn

from torch_turns import take_turns


class SegmentNetwork(nn.Module):
    """The network of src/core/network.h with a GRU: after Lin et al. 2023, SegRNN."""

    def __init__(self, lookback, horizon, patch, width):
        super().__init__()
        self.horizon = horizon
        self.patch = patch
        self.outputs = (horizon + patch - 1) // patch
        self.embedding = nn.Linear(patch, width)
        self.gru = nn.GRU(width, width)
        self.position = nn.Parameter(torch.randn(self.outputs, width))
        self.head = nn.Linear(width, patch)
        self.skip = nn.Linear(lookback, horizon)

    def forward(self, window):
        """(batch, lookback) to (batch, horizon)."""
        batch, lookback = window.shape
        patches = window.view(batch, lookback // self.patch, self.patch).transpose(0, 1)
        _, state = self.gru(torch.relu(self.embedding(patches)))
        positions = self.position.repeat_interleave(batch, 0).unsqueeze(0)
        _, decoded = self.gru(positions, state.repeat(1, self.outputs, 1))
        answer = self.head(decoded).view(self.outputs, batch, self.patch).transpose(0, 1)
        return answer.reshape(batch, -1)[:, : self.horizon] + self.skip(window)


def main():
    batch, lookback, horizon, patch, width = map(int, sys.argv[1:6])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = SegmentNetwork(lookback, horizon, patch, width)
    window = torch.randn(batch, lookback)
    target = torch.randn(batch, horizon)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def step():
        optimizer.zero_grad()
        nn.functional.l1_loss(network(window), target).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    take_turns(step, network.parameters())


main()
