"""What the scripts that make golden files share: inputs, parameters, and the files.

Inputs and parameters come from an integer hash that the C tests compute as well, so only results are
stored. Everything is calculated in double: the C code, in float, has to come close to the exact result
and not to another float's errors.
"""
import os

import torch
from torch import nn

FOLDER = os.path.dirname(os.path.abspath(__file__))
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}

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


def fill(tensors, seed):
    """Make parameters, (name, tensor) in the table's order, one run of hashed numbers."""
    values = hashed(seed, sum(t.numel() for _, t in tensors), scale=0.5)
    at = 0
    with torch.no_grad():
        for _, tensor in tensors:
            tensor.copy_(values[at : at + tensor.numel()].reshape(tensor.shape))
            at += tensor.numel()
