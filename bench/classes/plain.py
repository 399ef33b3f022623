"""A plain LSTM as a good practitioner writes it in PyTorch: 64 units, one layer, the last state or each, Adam, early
stopping on a fifth of the training series."""
import copy

import numpy
import torch

HIDDEN = 64
BATCH = 32
EPOCHS = 300
PATIENCE = 30
UNLABELLED = -100


class Network(torch.nn.Module):
    def __init__(self, columns, classes, by_row):
        super().__init__()
        self.by_row = by_row
        self.lstm = torch.nn.LSTM(columns, HIDDEN, batch_first=True)
        self.head = torch.nn.Linear(HIDDEN, classes)

    def forward(self, values, lengths):
        packed = torch.nn.utils.rnn.pack_padded_sequence(values, lengths, batch_first=True, enforce_sorted=False)
        states, (last, _) = self.lstm(packed)
        if self.by_row:
            return self.head(torch.nn.utils.rnn.pad_packed_sequence(states, batch_first=True)[0])
        return self.head(last[-1])


def pad(series, mean, deviation):
    return torch.nn.utils.rnn.pad_sequence(
        [torch.tensor((s - mean) / deviation, dtype=torch.float32) for s in series], batch_first=True
    ), torch.tensor([len(s) for s in series])


def targets(labels, classes, by_row):
    number = {label: k for k, label in enumerate(classes)}
    if not by_row:
        return torch.tensor([number[label] for label in labels])
    rows = [torch.tensor([number[label] for label in series]) for series in labels]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=UNLABELLED)


def held_out(labels, by_row, source):
    """A fifth, of each class where a series has one."""
    kinds = numpy.array(["" if by_row else label for label in labels])
    chosen = []
    for kind in sorted(set(kinds)):
        of_kind = source.permutation(numpy.flatnonzero(kinds == kind))
        chosen.extend(of_kind[: max(1, round(0.2 * len(of_kind)))])
    return numpy.array(sorted(chosen))


def loss_of(network, values, lengths, labels):
    answers = network(values, lengths)
    return torch.nn.functional.cross_entropy(answers.flatten(0, -2), labels[:, : answers.shape[1]].flatten()
                                             if network.by_row else labels, ignore_index=UNLABELLED)


def probabilities(data, seed):
    """Trains on the training part; of each test series (or row of one) a row of probabilities, in the order of classes."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    source = numpy.random.default_rng(seed)
    validation = held_out(data.train.labels, data.by_row, source)
    training = numpy.setdiff1d(numpy.arange(len(data.train.labels)), validation)
    rows = numpy.concatenate([data.train.values[k] for k in training])
    mean, deviation = rows.mean(0), rows.std(0) + 1e-9
    values, lengths = pad(data.train.values, mean, deviation)
    labels = targets(data.train.labels, data.classes, data.by_row)
    network = Network(values.shape[2], len(data.classes), data.by_row)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    best, kept, waited = float("inf"), None, 0
    for _ in range(EPOCHS):
        order = torch.tensor(source.permutation(training))
        for batch in order.split(BATCH):
            optimizer.zero_grad()
            loss_of(network, values[batch], lengths[batch], labels[batch]).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        with torch.no_grad():
            loss = float(loss_of(network, values[validation], lengths[validation], labels[validation]))
        waited += 1
        if loss < best:
            best, kept, waited = loss, copy.deepcopy(network.state_dict()), 0
        if waited >= PATIENCE:
            break
    network.load_state_dict(kept)
    values, lengths = pad(data.test.values, mean, deviation)
    with torch.no_grad():
        answers = torch.softmax(network(values, lengths), -1).numpy()
    if data.by_row:
        answers = numpy.concatenate([series[:length] for series, length in zip(answers, lengths)])
    return answers
