"""Runs the programs of the core and of PyTorch in turns and prints tables: see run."""
import argparse
import datetime
import os
import pathlib
import platform
import shlex
import subprocess
import sys

import torch

FOLDER = pathlib.Path(__file__).parent
HELD_TO_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}

# What has to hold: times PyTorch, and of the LSTM the share of the limit of multiply-adds, by
# shape (batch, steps, inputs, hidden), cell and instructions.
LAYERS = {
    (32, 24, 1, 32): {
        ("lstm", "avx512"): (3.3, 0.62),
        ("gru", "avx512"): (15, None),
        ("lstm", "avx2"): (2.8, 0.68),
        ("gru", "avx2"): (9, None),
    },
    (64, 48, 8, 64): {
        ("lstm", "avx512"): (1.6, 0.80),
        ("gru", "avx512"): (5, None),
        ("lstm", "avx2"): (1.6, 0.80),
        ("gru", "avx2"): (3, None),
    },
    (128, 96, 8, 128): {
        ("lstm", "avx512"): (2.2, 0.80),
        ("gru", "avx512"): (3.3, None),
        ("lstm", "avx2"): (1.6, 0.78),
        ("gru", "avx2"): (1.7, None),
    },
    (256, 96, 16, 256): {
        ("lstm", "avx512"): (1.8, 0.82),
        ("gru", "avx512"): (2.6, None),
        ("lstm", "avx2"): (1.5, 0.80),
        ("gru", "avx2"): (1.4, None),
    },
}
CELLS = ("lstm", "gru", "rnn")

# Times PyTorch, by (batch, lookback, horizon, patch, width).
NETWORKS = {(448, 720, 96, 24, 128): 2.2, (128, 336, 48, 24, 64): 2.8, (256, 52, 13, 13, 64): 2.8}

# Hidden sizes that fill no whole number of vectors: none may take longer than the next that does.
WIDTHS = (20, 40, 50, 72, 100)
WIDTH_SHAPE = (64, 48, 8)
VECTOR = {"avx512": 16, "avx2": 8, "plain": 4}
# Two runs of the very same program differ by so much.
NOISE = 1.02


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
            sys.exit(f"{shlex.join(self.process.args)} ended with status {self.process.wait()}")
        return [float(number) for number in answer.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    """Measures in turns, collects the page's lines and counts the bars that are missed."""

    def __init__(self, arguments):
        self.folder = pathlib.Path(arguments.programs)
        self.rounds = arguments.rounds
        self.seconds = arguments.seconds
        self.lines = []
        self.missed = 0

    def say(self, *lines):
        self.lines += lines
        print("\n".join(lines), flush=True)

    def turns(self, *workers):
        """The best turn of each worker, by its first number; the first turn of all warms up."""
        best = [None] * len(workers)
        for turn in range(self.rounds + 1):
            for i, worker in enumerate(workers):
                answer = worker.work(self.seconds)
                if turn > 0 and (best[i] is None or answer[0] < best[i][0]):
                    best[i] = answer
        for worker in workers:
            worker.close()
        return best

    def ours(self, program, words, kernels):
        return Worker([self.folder / program, *words, kernels])

    def judge(self, met):
        self.missed += not met
        return "yes" if met else "no"

    def compare(self, program, words, kernels, environment):
        """(our milliseconds, PyTorch's, our share of the limit) of a training step."""
        theirs = Worker([sys.executable, FOLDER / f"torch_{program}.py", *words], environment)
        ours, other = self.turns(self.ours(program, words, kernels), theirs)
        milliseconds, flops, limit, parameters = ours
        if parameters != other[1]:
            sys.exit(f"{program} {words}: {parameters:.0f} parameters here, {other[1]:.0f} there")
        return milliseconds, other[0], flops / (milliseconds * 1e-3) / limit if limit else None

    def layers(self, tables):
        self.say(
            "",
            "## One recurrent layer",
            "",
            "Forward, backward with all weight gradients, one update by Adam; loss mean(output[-1]).",
            "",
            "| instructions | cell | batch, steps, inputs, hidden | ours ms | PyTorch ms "
            "| times PyTorch | bar | share of peak | bar | met |",
            "|---|---|---|---|---|---|---|---|---|---|",
        )
        for kernels, environment in tables:
            for cell in CELLS:
                for shape, bars in LAYERS.items():
                    bar, share_bar = bars.get((cell, kernels), (None, None))
                    ours, theirs, share = self.compare("step", (cell, *shape), kernels, environment)
                    met = (bar is None or theirs / ours >= bar) and (
                        share_bar is None or share >= share_bar
                    )
                    self.say(
                        f"| {kernels} | {cell} | {', '.join(map(str, shape))} | {ours:.3f} "
                        f"| {theirs:.3f} | {theirs / ours:.2f} | {bar or '-'} "
                        f"| {f'{share:.2f}' if share else '-'} | {share_bar or '-'} "
                        f"| {self.judge(met) if bar else '-'} |"
                    )

    def networks(self, kernels, environment):
        self.say(
            "",
            "## The whole segment network",
            "",
            "Patch embedding, GRU, parallel decoder, linear skip, mean absolute error, backward, "
            "gradient clipped to norm 1, one update by Adam.",
            "",
            "| instructions | batch, lookback, horizon, patch, width | ours ms | PyTorch ms "
            "| times PyTorch | bar | share of peak | met |",
            "|---|---|---|---|---|---|---|---|",
        )
        for shape, bar in NETWORKS.items():
            ours, theirs, share = self.compare("network", shape, kernels, environment)
            self.say(
                f"| {kernels} | {', '.join(map(str, shape))} | {ours:.3f} | {theirs:.3f} "
                f"| {theirs / ours:.2f} | {bar} | {f'{share:.2f}' if share else '-'} "
                f"| {self.judge(theirs / ours >= bar)} |"
            )

    def widths(self, kernels):
        self.say(
            "",
            "## Widths that are no multiple of the vector",
            "",
            f"One layer, batch, steps, inputs {', '.join(map(str, WIDTH_SHAPE))}: no hidden size may "
            f"cost more than the next multiple of {VECTOR[kernels]}, but for the {NOISE - 1:.0%} by "
            "which two runs of the same differ.",
            "",
            "| instructions | cell | hidden | ms | next multiple | ms | ratio | met |",
            "|---|---|---|---|---|---|---|---|",
        )
        for cell in ("lstm", "gru"):
            for hidden in WIDTHS:
                multiple = -(-hidden // VECTOR[kernels]) * VECTOR[kernels]
                narrow, wide = self.turns(
                    self.ours("step", (cell, *WIDTH_SHAPE, hidden), kernels),
                    self.ours("step", (cell, *WIDTH_SHAPE, multiple), kernels),
                )
                ratio = narrow[0] / wide[0]
                self.say(
                    f"| {kernels} | {cell} | {hidden} | {narrow[0]:.3f} | {multiple} "
                    f"| {wide[0]:.3f} | {ratio:.2f} | {self.judge(ratio <= NOISE)} |"
                )


def cpu_entry(*names):
    """The first such entry of /proc/cpuinfo, or an empty text."""
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith(names):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def tables_to_compare():
    """(kernels of the core, environment for PyTorch): the best of the CPU, and AVX2."""
    flags = set(cpu_entry("flags").split())
    if {"avx512f", "avx512vl", "avx512dq", "avx512bw"} <= flags:
        return [("avx512", {}), ("avx2", HELD_TO_AVX2)]
    if {"avx2", "fma"} <= flags:
        return [("avx2", HELD_TO_AVX2)]
    return [("plain", {})]


def main():
    parser = argparse.ArgumentParser(prog="bench/core/run")
    parser.add_argument("programs", help=argparse.SUPPRESS)
    parser.add_argument("--output", help="write the page to this file as well")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side")
    parser.add_argument("--only", choices=("layers", "networks", "widths"), help="one part")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    tables = tables_to_compare()

    bench.say(
        "# Training steps: the core against PyTorch",
        "",
        f"`{shlex.join(['bench/core/run', *sys.argv[2:]])}` on {datetime.date.today()}; "
        f"{cpu_entry('model name', 'cpu model') or platform.machine()}, {os.cpu_count()} cores; "
        f"PyTorch {torch.__version__}. One thread each; CPU time of a step in the best hundredth of a second of "
        f"{arguments.rounds} turns of {arguments.seconds:g} s, ours and PyTorch's in alternation; "
        "with avx2 both are held to AVX2. Peak is what this core does in fused multiply-adds, "
        "measured in the same run; a share counts only what the products need.",
    )
    if arguments.only in (None, "layers"):
        bench.layers(tables)
    if arguments.only in (None, "networks"):
        bench.networks(*tables[0])
    if arguments.only in (None, "widths"):
        for kernels, _ in tables:
            bench.widths(kernels)
    bench.say("", "All bars are met." if bench.missed == 0 else f"{bench.missed} bars are missed.")
    if arguments.output:
        pathlib.Path(arguments.output).write_text("\n".join(bench.lines) + "\n")
    return 1 if bench.missed else 0


sys.exit(main())
