#!/usr/bin/env python3
"""Golden files of classifiers and of their loss, made with PyTorch.

Writes classifier.txt beside this script. Sequences of unlike length are packed as PyTorch packs
them. Inputs and parameters come from the integer hash of golden.py.
"""
import torch
from golden import CELLS, GoldenFile, fill, hashed
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

LENGTHS = [7, 7, 5, 3, 1]
CHANNELS = 2
DIFFERENCE_SCALES = torch.tensor([0.5, 2.0])


class Classifier(nn.Module):
    """The network of src/core/classifier.h out of torch.nn's own modules."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        hidden, patch = config["hidden"], config["patch"]
        self.values = CHANNELS * 2 if config["differences"] else CHANNELS
        inputs = hidden if patch > 1 else self.values
        if patch > 1:
            self.embedding = nn.Linear(patch * self.values, hidden)
        self.stack = CELLS[config["cell"]](
            inputs, hidden, config["layers"], bidirectional=config["bidirectional"]
        )
        self.directions = 2 if config["bidirectional"] else 1
        self.head = nn.Linear(self.directions * hidden, config["classes"])

    def tensors(self):
        """Parameters by their names in the model format, in its order."""
        for name, tensor in self.named_parameters():
            yield name.removeprefix("stack."), tensor

    def forward(self, sequences):
        """sequences: (length, CHANNELS) each. Logits of every answer, one sequence after the other."""
        patch = self.config["patch"]
        patches = []
        for values in sequences:
            if self.config["differences"]:
                differences = torch.diff(values, dim=0, prepend=values[:1]) * DIFFERENCE_SCALES
                values = torch.cat([values, differences], 1)
            values = functional.pad(values, (0, 0, 0, -len(values) % patch))
            values = values.reshape(-1, patch * self.values)
            patches.append(torch.relu(self.embedding(values)) if patch > 1 else values)
        lengths = [len(p) for p in patches]
        output, state = self.stack(pack_padded_sequence(pad_sequence(patches), lengths))
        if self.config["supervision"] == "last":
            h = state[0] if isinstance(state, tuple) else state
            return self.head(torch.cat(list(h[-self.directions :]), 1))
        padded, _ = pad_packed_sequence(output)
        return self.head(torch.cat([padded[:n, row] for row, n in enumerate(lengths)]))


def cases():
    number = 0
    for cell in CELLS:
        for layers in [1, 2]:
            for bidirectional in [False, True]:
                for supervision, patch in [("last", 1), ("last", 3), ("sequence", 1)]:
                    yield number, {
                        "cell": cell,
                        "layers": layers,
                        "bidirectional": bidirectional,
                        "supervision": supervision,
                        "patch": patch,
                        "differences": number % 5 == 2,
                        "hidden": 3 + number % 3,
                        "classes": 2 + number % 4,
                    }
                    number += 1


def labels_of(number, config):
    """Labels of every answer; some are unlabelled."""
    classes = config["classes"]
    if config["supervision"] == "last":
        return [-1 if row == 2 else (number + row) % classes for row in range(len(LENGTHS))]
    return [
        -1 if (row + t) % 4 == 3 else (number + row + t) % classes
        for row, length in enumerate(LENGTHS)
        for t in range(length)
    ]


def class_weights(number, classes):
    return torch.tensor([0.5 + 0.25 * k for k in range(classes)]) if number % 2 else None


def write_classifiers(file):
    for number, config in cases():
        network, seed = Classifier(config), 70000 + 100 * number
        fill(list(network.tensors()), seed)
        logits = network([hashed(seed + 1 + row, n, CHANNELS) for row, n in enumerate(LENGTHS)])
        loss = functional.cross_entropy(
            logits,
            torch.tensor(labels_of(number, config)),
            weight=class_weights(number, config["classes"]),
            ignore_index=-1,
        )
        loss.backward()
        file.write(f"{number}.logits", logits)
        file.write(f"{number}.loss", loss)
        for name, tensor in network.tensors():
            file.write(f"{number}.{name}", tensor.grad)


def write_cross_entropy(file):
    """The loss alone, of usual logits and of huge ones."""
    labels = torch.tensor([i % 5 - 1 for i in range(20)])
    for name, scale in [("usual", 4.0), ("huge", 4096.0)]:
        for weighted in [False, True]:
            logits = hashed(80000, 20, 4, scale=scale).requires_grad_()
            weight = class_weights(1, 4) if weighted else None
            loss = functional.cross_entropy(logits, labels, weight=weight, ignore_index=-1, reduction="sum")
            (0.25 * loss).backward()
            kind = f"{name}.{'weighted' if weighted else 'plain'}"
            file.write(f"entropy.{kind}.sum", loss)
            file.write(f"entropy.{kind}.derivative", logits.grad)


if __name__ == "__main__":
    golden = GoldenFile("classifier")
    write_classifiers(golden)
    write_cross_entropy(golden)
