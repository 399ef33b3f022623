"""The sets: series of rows with a label each, or a label a row, in the parts for training and for testing."""
import random
from dataclasses import dataclass

import numpy

SHOWN = ["GunPoint", "ArrowHead", "ItalyPowerDemand", "BasicMotions", "JapaneseVowels", "Trace"]
STRUNG = "BasicMotions, strung"


@dataclass
class Part:
    """Series of one part: values (rows, columns) each, and a label each, or a list of a label a row."""

    values: list
    labels: list


@dataclass
class Set:
    name: str
    train: Part
    test: Part
    by_row: bool = False

    @property
    def classes(self):
        labels = [label for series in self.train.labels for label in series] if self.by_row else self.train.labels
        return sorted(set(labels))


def read_ts(path):
    """A file of the UEA & UCR archive: after @data a line a series, its columns and its label divided by colons."""
    part = Part([], [])
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.strip().lower() == "@data":
            break
    for line in lines:
        if line.strip():
            *columns, label = line.strip().split(":")
            part.values.append(numpy.array([[float(v) for v in column.split(",")] for column in columns]).T)
            part.labels.append(label)
    return part


def read_npz(path):
    """A set as tslearn ships it."""
    arrays = numpy.load(path)
    parts = []
    for part in ("train", "test"):
        values = arrays[f"X_{part}"]
        parts.append(Part(list(values.reshape(*values.shape[:2], -1)), [str(label) for label in arrays[f"y_{part}"]]))
    return parts


def strung(part, count, seed):
    """Streams in which five series of a part follow each other, each cut to a stretch of 30 to 100 rows: a label a row."""
    source = random.Random(seed)
    streams = Part([], [])
    for _ in range(count):
        values, labels = [], []
        for _ in range(5):
            chosen = source.randrange(len(part.values))
            length = source.randint(30, 100)
            first = source.randint(0, len(part.values[chosen]) - length)
            values.append(part.values[chosen][first : first + length])
            labels += [part.labels[chosen]] * length
        streams.values.append(numpy.concatenate(values))
        streams.labels.append(labels)
    return streams


def load(folder, name):
    """A set by its name, from the files that README.md beside this one tells of."""
    if name == STRUNG:
        whole = load(folder, "BasicMotions")
        return Set(name, strung(whole.train, 40, 1), strung(whole.test, 40, 2), by_row=True)
    if (folder / f"{name}.npz").exists():
        return Set(name, *read_npz(folder / f"{name}.npz"))
    return Set(name, read_ts(folder / f"{name}_TRAIN.ts"), read_ts(folder / f"{name}_TEST.ts"))
