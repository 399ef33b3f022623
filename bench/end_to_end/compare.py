"""Runs lstm_train and torch_train.py in turns and writes results.csv and results.md: see run."""
import argparse
import contextlib
import csv
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import psycopg
import torch

FOLDER = pathlib.Path(__file__).parent
THREADS = 2
BARS = {1: 3.0, 4: 4.0}  # times PyTorch's speed, by the number of networks

# What is asked for; everything else is lstm_train's own choice.
CASES = {
    "lstm": {"cell": "lstm", "ensemble_size": 1, "max_steps": 4000},
    "gru": {"cell": "gru", "ensemble_size": 1, "max_steps": 4000},
    "lstm-wide": {"cell": "lstm", "ensemble_size": 1, "max_steps": 1000, "hidden_size": 128, "batch_size": 128},
    "gru-wide": {"cell": "gru", "ensemble_size": 1, "max_steps": 1000, "hidden_size": 128, "batch_size": 128},
    "lstm-ensemble": {"cell": "lstm", "ensemble_size": 4, "max_steps": 2000},
    "gru-ensemble": {"cell": "gru", "ensemble_size": 4, "max_steps": 2000},
}


class Peer:
    """torch_train.py, as many processes of it as are to share the networks."""

    def __init__(self, info_path, processes, threads):
        command = [sys.executable, str(FOLDER / "torch_train.py"), str(info_path), str(threads)]
        self.processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        for process in self.processes:
            self.answer(process)

    @staticmethod
    def answer(process):
        line = process.stdout.readline()
        if not line:
            sys.exit(f"torch_train.py ended with status {process.wait()}")
        return line

    def train(self, networks):
        """Seconds of the slowest process, and all processes' answers."""
        for number, process in enumerate(self.processes):
            share = list(range(number, networks, len(self.processes)))
            process.stdin.write(json.dumps(share) + "\n")
            process.stdin.flush()
        answers = [json.loads(self.answer(process)) for process in self.processes]
        return max(answer["seconds"] for answer in answers), answers

    def close(self):
        for process in self.processes:
            process.stdin.close()
        for process in self.processes:
            process.wait()


def train_here(connection, options):
    """Seconds of the statement; the model is in the table afterwards."""
    connection.execute("TRUNCATE model")
    started = time.perf_counter()
    connection.execute(
        "INSERT INTO model SELECT lstm_train(series, ts, value, %s::jsonb) FROM reading", [json.dumps(options)]
    )
    return time.perf_counter() - started


def one(connection, query):
    return connection.execute(query).fetchone()[0]


def check(info, answers):
    """Are these the same networks? The windows' number is compared in torch_train.py."""
    ours = sorted(member["parameters"] for member in info["members"])
    theirs = sorted(count for answer in answers for count in answer["parameters"])
    if ours != theirs:
        sys.exit(f"the networks have {ours} parameters, PyTorch's have {theirs}")


def measure(connection, name, rounds):
    """Best seconds of `rounds` turns of each side, and what the forecasts are worth."""
    # what refit adds depends on the best epoch; without it both sides take the same steps
    options = {**CASES[name], "refit": False}
    networks = options["ensemble_size"]
    row = {"case": name, "ours": train_here(connection, options)}
    row["torch"] = row["torch_otherwise"] = float("inf")
    info = one(connection, "SELECT lstm_model_info(model) FROM model")
    row["ours_owa"] = one(connection, "SELECT owa('our_forecast')")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "info.json"
        path.write_text(json.dumps(info))
        for turn in range(rounds):
            if turn > 0:
                row["ours"] = min(row["ours"], train_here(connection, options))
            for key, processes, threads in (("torch", 1, THREADS), ("torch_otherwise", min(THREADS, networks), 1)):
                with contextlib.closing(Peer(path, processes, threads)) as peer:
                    seconds, answers = peer.train(networks)
                check(info, answers)
                row[key] = min(row[key], seconds)
                if key == "torch":
                    row["torch_owa"] = one(connection, "SELECT owa('their_forecast')")
                    row["torch_reading"] = answers[0]["reading"]
        row["ours_one_step"] = train_here(connection, {**options, "max_steps": 1})
    members = info["members"]
    row["networks"] = networks
    row["cell"] = members[0]["cell"]
    row["hidden"] = members[0]["hidden_size"]
    row["batch"] = members[0]["batch_size"]
    row["lookback"] = "/".join(str(length) for length in sorted({member["lookback"] for member in members}))
    row["steps"] = members[0]["max_steps"]
    row["parameters"] = info["parameters"]
    row["machine"] = machine(connection)
    return row


def machine(connection):
    model = "unknown CPU"
    with contextlib.suppress(OSError, StopIteration):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    server = one(connection, "SHOW server_version").split()[0]
    kernel = one(connection, "SELECT lstm_model_info(model)->>'kernel' FROM model")
    cores = len(os.sched_getaffinity(0))
    today = datetime.date.today().isoformat()
    return f"{today}, {cores} cores of {model}, kernels {kernel}, PostgreSQL {server}, PyTorch {torch.__version__}"


def read_results(path):
    if not path.exists():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {row["case"]: row for row in csv.DictReader(file) if row["case"] in CASES}


def write_results(path, results):
    rows = [
        {key: f"{value:.4f}" if isinstance(value, float) else value for key, value in results[name].items()}
        for name in CASES
        if name in results
    ]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=sorted(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def ratio(row):
    return float(row["torch"]) / float(row["ours"])


def bar(row):
    return BARS[int(row["networks"])]


def page(rows):
    template = (FOLDER / "page.md").read_text(encoding="utf-8")
    lines = []
    for row in rows:
        s = {key: f"{float(row[key]):.1f}" for key in ("ours", "torch", "torch_otherwise")}
        network = f"{row['networks']} {row['cell'].upper()}, hidden {row['hidden']}, lookback {row['lookback']}"
        lines.append(
            f"| `{row['case']}` | {network} | {row['batch']} | {row['steps']} | {s['ours']} | {s['torch']} "
            f"| **{ratio(row):.1f}** | {bar(row):.0f} | {float(row['torch_otherwise']) / float(row['ours']):.1f} "
            f"| {float(row['ours_owa']):.3f} | {float(row['torch_owa']):.3f} |"
        )
    missed = [row["case"] for row in rows if ratio(row) < bar(row)]
    return template.format(
        machines="; ".join(sorted({row["machine"] for row in rows})),
        rows="\n".join(lines),
        verdict="Missed: " + ", ".join(missed) + "." if missed else "All bars are met.",
        one_step=max(float(row["ours_one_step"]) for row in rows),
        reading=max(float(row["torch_reading"]) for row in rows),
    ), missed


def main():
    parser = argparse.ArgumentParser(prog="bench/end_to_end/run")
    parser.add_argument("--only", default=",".join(CASES), help="cases to measure, by comma")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("output", type=pathlib.Path, help="folder of results.csv and results.md")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    for name in chosen:
        if name not in CASES:
            sys.exit(f"no case \"{name}\"; there are {', '.join(CASES)}")
    results = read_results(arguments.output / "results.csv")
    with psycopg.connect(autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        for name in chosen:
            results[name] = measure(connection, name, arguments.rounds)
            write_results(arguments.output / "results.csv", results)
            print(f"{name}: {ratio(results[name]):.2f} times PyTorch", flush=True)
    text, missed = page([results[name] for name in CASES if name in results])
    (arguments.output / "results.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if missed else 0


sys.exit(main())
