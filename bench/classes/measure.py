"""Measures lstm_train_classes and lstm_classify: see README.md beside this file."""
import argparse
import collections
import json
import pathlib
import sys
import tempfile
import time

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from session import Session, machine  # noqa: E402

import neighbours  # noqa: E402
import plain  # noqa: E402
import scores  # noqa: E402
import sets  # noqa: E402

WITHIN = 0.02
CALIBRATED = 0.05
WINDOWS = {"1-NN, DTW": None, "1-NN, DTW, window 10 %": 0.1}
MINE = "lstm_train_classes"
PEER = "PyTorch LSTM"


def load(session, table, part, by_row):
    """The rows of a part as a table: series, ts, a column a value, label."""
    columns = [f"v{k + 1}" for k in range(part.values[0].shape[1])]
    session.run(f"DROP TABLE IF EXISTS {table}")
    session.run(f"CREATE TABLE {table} (series int, ts timestamptz, {' float8, '.join(columns)} float8, label text)")
    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as rows:
        for number, (values, label) in enumerate(zip(part.values, part.labels)):
            for i, row in enumerate(values):
                stamp = f"2024-01-01 {i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}+00"
                rows.write(f"{number},{stamp},{','.join(map(repr, map(float, row)))},{label[i] if by_row else label}\n")
    session.run(f"\\copy {table} FROM '{rows.name}' CSV")
    pathlib.Path(rows.name).unlink()
    return "{" + ",".join(columns) + "}"


def trained(session, data, columns, seed):
    """Probabilities of the test part, and the seconds of training and of classifying; no options but those of the task."""
    options = {"seed": seed, **({"supervision": "sequence"} if data.by_row else {})}
    session.run("DROP TABLE IF EXISTS model")
    training = session.milliseconds(
        f"""CREATE TABLE model AS SELECT lstm_train_classes('train', 'ts', 'series', '{columns}', 'label',
			'{json.dumps(options)}') AS model"""
    )
    lines, classifying = session.run(
        """SELECT probabilities FROM model, lstm_classify(model, 'test', 'ts', 'series') AS c
			ORDER BY c.series::int, c.ts"""
    )
    answers = [json.loads(line) for line in lines]
    probabilities = numpy.array([[answer.get(label, 0) for label in data.classes] for answer in answers])
    return probabilities, [training / 1000, classifying / 1000]


def peer(data, seed):
    begun = time.monotonic()
    probabilities = plain.probabilities(data, seed)
    return probabilities, [time.monotonic() - begun, None]


def nearest(data, window):
    begun = time.monotonic()
    told = neighbours.told(data.train, data.test, window)
    return [scores.accuracy(told, data.test.labels), scores.macro_f1(told, data.test.labels, data.classes), None, None,
            None, time.monotonic() - begun]


def show(name, figures):
    """A row of the table: accuracy, macro F1, log loss, calibration error, seconds of training and of classifying."""
    forms = ["{:.3f}", "{:.3f}", "{:.3f}", "{:.3f}", "{:.1f}", "{:.2f}"]
    cells = ["" if figure is None else form.format(figure) for form, figure in zip(forms, figures)]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def mean(rows):
    return [None if row[0] is None else sum(row) / len(row) for row in zip(*rows)]


def measure(session, data, seeds):
    """Prints the table of a set; what it missed."""
    labels = [label for series in data.test.labels for label in series] if data.by_row else data.test.labels
    print(f"\n### {data.name}\n\n| | accuracy | macro F1 | log loss | calibration error | training, s | classifying, s |")
    print("|---|---|---|---|---|---|---|")
    common = collections.Counter(
        label for series in data.train.labels for label in (series if data.by_row else [series])
    ).most_common(1)[0][0]
    majority = [common] * len(labels)
    show("majority", [scores.accuracy(majority, labels), scores.macro_f1(majority, labels, data.classes), *[None] * 4])
    bars = []
    if not data.by_row:
        for name, window in WINDOWS.items():
            figures = nearest(data, window)
            show(name, figures)
            bars.append((name, figures[0]))
    columns = load(session, "train", data.train, data.by_row)
    load(session, "test", data.test, data.by_row)
    rows, gathered = {PEER: [], MINE: []}, []
    for seed in range(seeds):
        for name, way in ((PEER, lambda: peer(data, seed)), (MINE, lambda: trained(session, data, columns, seed))):
            probabilities, seconds = way()
            rows[name].append(scores.of_probabilities(probabilities, labels, data.classes) + seconds)
    for name, each in rows.items():
        show(name, mean(each))
    print(f"\nAccuracy by seed: {', '.join(f'{row[0]:.3f}' for row in rows[MINE])}; calibration error by seed: "
          f"{', '.join(f'{row[3]:.3f}' for row in rows[MINE])}", flush=True)
    accuracy, _, _, error, *_ = mean(rows[MINE])
    bars.append((PEER, mean(rows[PEER])[0]))
    missed = [f"{data.name}: accuracy {accuracy:.3f}, {name} {bar:.3f}" for name, bar in bars if accuracy < bar - WITHIN]
    if error > CALIBRATED:
        missed.append(f"{data.name}: calibration error {error:.3f}")
    return missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("sets", nargs="*", default=[])
    arguments = parser.parse_intermixed_args()
    session = Session(workers=1)
    session.run("SET client_min_messages = error")
    session.run("CREATE EXTENSION IF NOT EXISTS lstm_forecast")
    print(machine(session))
    missed = []
    for name in arguments.sets or [*sets.SHOWN, sets.STRUNG]:
        missed += measure(session, sets.load(arguments.folder / "classes", name), arguments.seeds)
    session.close()
    if missed:
        print("\nMissed:\n" + "\n".join(f"* {line}" for line in missed))
        sys.exit(1)


main()
