"""The scores of the Numenta Anomaly Benchmark, from its published rules (Lavin, Ahmad, "Evaluating real-time anomaly
detection algorithms", 2015), standard profile."""
import bisect
import csv
import datetime
import json
import math
import pathlib

TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE = 1.0, 0.11, 1.0


class File:
    """One file of the benchmark: its rows, its windows as places of rows, and the rows that are not scored."""

    def __init__(self, path, name, windows):
        with open(path, newline="") as lines:
            rows = [(row["timestamp"].strip(), float(row["value"])) for row in csv.DictReader(lines)]
        self.name = name
        self.times = [time for time, _ in rows]
        self.values = [value for _, value in rows]
        moments = [datetime.datetime.fromisoformat(time) for time in self.times]
        self.windows = []
        for begin, end in windows:
            begin, end = datetime.datetime.fromisoformat(begin), datetime.datetime.fromisoformat(end)
            places = [i for i, moment in enumerate(moments) if begin <= moment <= end]
            self.windows.append((places[0], places[-1]))
        self.probation = int(min(math.floor(0.15 * len(rows)), 0.15 * 5000))
        self.weights = self.row_weights()

    def row_weights(self):
        """For each row the window it lies in, or None, and what a detection there is worth."""
        weights = []
        for i in range(len(self.times)):
            number = bisect.bisect_right([begin for begin, _ in self.windows], i) - 1
            if number < 0:
                weights.append((None, -FALSE_POSITIVE))
                continue
            begin, end = self.windows[number]
            if i <= end:
                position = -(end - i + 1) / (end - begin + 1)
                weights.append((number, TRUE_POSITIVE * sigmoid(position) / sigmoid(-1)))
            else:
                position = (i - end) / max(end - begin, 1)
                weights.append((None, FALSE_POSITIVE * (sigmoid(position) if position <= 3 else -1)))
        return weights


def sigmoid(position):
    return 2 / (1 + math.exp(5 * position)) - 1


def load(folder):
    """All files of the benchmark that the folder has."""
    folder = pathlib.Path(folder)
    windows = json.loads((folder / "combined_windows.json").read_text())
    return [File(folder / name, name, windows[name]) for name in sorted(windows) if (folder / name).exists()]


def score(files, scores):
    """The best normalised score over all thresholds on scores[name][row], one threshold for all files, and that
    threshold. Detecting nothing gives 0, and each window at its first row 100."""
    rows = []
    windows = sum(len(file.windows) for file in files)
    for file in files:
        for i in range(file.probation, len(file.times)):
            number, weight = file.weights[i]
            rows.append((scores[file.name][i], file.name, number, weight))
    rows.sort(key=lambda row: -row[0])
    total = best = -FALSE_NEGATIVE * windows
    threshold = math.inf
    found = {}
    for place, (value, name, number, weight) in enumerate(rows):
        if number is None:
            total += weight
        elif (name, number) not in found:
            found[name, number] = weight
            total += weight + FALSE_NEGATIVE
        elif weight > found[name, number]:
            total += weight - found[name, number]
            found[name, number] = weight
        last_of_its_value = place + 1 == len(rows) or rows[place + 1][0] < value
        if last_of_its_value and total > best:
            best, threshold = total, value
    return 100 * (best + FALSE_NEGATIVE * windows) / (windows * (TRUE_POSITIVE + FALSE_NEGATIVE)), threshold


def details(file, scores, threshold):
    """How many windows are found, and rows that are detected outside of any."""
    detected = [i for i in range(file.probation, len(file.times)) if scores[i] >= threshold]
    numbers = [file.weights[i][0] for i in detected]
    return len(set(numbers) - {None}), numbers.count(None)


def check_scorer(files):
    """The scorer's own scale: a detector of nothing has 0, a perfect one 100."""
    nothing = {file.name: [0.5] * len(file.times) for file in files}
    perfect = {file.name: [0.0] * len(file.times) for file in files}
    for file in files:
        for begin, _ in file.windows:
            perfect[file.name][begin] = 1.0
    assert abs(score(files, perfect)[0] - 100) < 1e-9, "the perfect detector does not score 100"
    assert score(files, nothing)[0] == 0, "the null detector does not score 0"
