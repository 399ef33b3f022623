"""Runs step (the core) and torch_step.py (PyTorch) in turns and prints a table: see run."""
import argparse
import datetime
import os
import pathlib
import platform
import subprocess
import sys

import torch

FOLDER = pathlib.Path(__file__).parent
SHAPES = [(32, 24, 1, 32), (64, 48, 8, 64), (128, 96, 8, 128)]
# How many times as fast as PyTorch the core has to be, by shape.
BARS = {"lstm": (2.0, 1.2, 1.3), "gru": (5.0, 2.5, 1.5), "rnn": (None, None, None)}
HELD_TO_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}


class Worker:
    """A program that works for so many seconds when it is told to, and then says how it went."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def work(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.process.args[0]} ended with status {self.process.wait()}")
        return [float(number) for number in answer.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(program, cell, shape, kernels, environment, rounds, seconds):
    """Best milliseconds of a step of both sides, and the core's share of its multiply-add limit."""
    ours = Worker([program, cell, *shape, kernels])
    theirs = Worker([sys.executable, FOLDER / "torch_step.py", cell, *shape], environment)
    best_ours = best_theirs = float("inf")
    peak = 0
    for turn in range(rounds + 1):
        milliseconds, flops, limit = ours.work(seconds)
        (torch_milliseconds,) = theirs.work(seconds)
        if turn > 0:  # the first turn warms up
            best_ours = min(best_ours, milliseconds)
            best_theirs = min(best_theirs, torch_milliseconds)
            peak = max(peak, limit)
    ours.close()
    theirs.close()
    share = flops / (best_ours * 1e-3) / peak if peak > 0 else None
    return best_ours, best_theirs, share


def cpu_name():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith(("model name", "cpu model")):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cpu_flags():
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("flags"):
                return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


def tables_to_compare():
    """(kernels of the core, environment for PyTorch): the best of the CPU, and AVX2."""
    flags = cpu_flags()
    if {"avx512f", "avx512vl", "avx512dq", "avx512bw"} <= flags:
        return [("avx512", {}), ("avx2", HELD_TO_AVX2)]
    if {"avx2", "fma"} <= flags:
        return [("avx2", HELD_TO_AVX2)]
    return [("plain", {})]


def main():
    parser = argparse.ArgumentParser(prog="bench/core/run")
    parser.add_argument("program")
    parser.add_argument("--output", help="write the table to this file as well")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    arguments = parser.parse_args()

    lines = [
        "# Training step of one recurrent layer: the core against PyTorch",
        "",
        f"{datetime.date.today()}, {cpu_name()}, PyTorch {torch.__version__}, one thread each. "
        "Forward, backward with all weight gradients, one update by Adam; loss mean(output[-1]). "
        f"CPU time of the best step of {arguments.rounds} turns of {arguments.seconds:g} s, ours "
        "and PyTorch's in alternation. Peak is what this core does in fused multiply-adds, "
        "measured in the same run.",
        "",
        "| instructions | cell | batch, steps, inputs, hidden | ours ms | PyTorch ms | times PyTorch "
        "| bar | share of peak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    missed = 0
    for kernels, environment in tables_to_compare():
        for cell, bars in BARS.items():
            for shape, bar in zip(SHAPES, bars):
                ours, theirs, share = measure(
                    arguments.program, cell, shape, kernels, environment,
                    arguments.rounds, arguments.seconds,
                )
                missed += bar is not None and theirs / ours < bar
                lines.append(
                    f"| {kernels} | {cell} | {', '.join(map(str, shape))} | {ours:.3f} "
                    f"| {theirs:.3f} | {theirs / ours:.1f} | {bar if bar else '-'} "
                    f"| {f'{share:.2f}' if share else '-'} |"
                )
                print(lines[-1], flush=True)
    lines += ["", "All bars are met." if missed == 0 else f"{missed} bars are missed."]
    print("\n".join(lines[-2:]))
    if arguments.output:
        pathlib.Path(arguments.output).write_text("\n".join(lines) + "\n")
    return 1 if missed else 0


sys.exit(main())
