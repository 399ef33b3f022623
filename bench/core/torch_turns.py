"""The turns of a PyTorch program of bench/core: for torch_step.py and torch_network.py."""
import sys
import time

# Seconds that are timed together, as in timing.h.
LEAST_SAMPLE = 0.01

def take_turns(step, parameters):
    """For each line that comes in, take steps for the number of seconds in that line.

    Answers with the milliseconds of a step, the mean of the best sample, and the parameters' number.
    """
    count = sum(parameter.numel() for parameter in parameters)
    for line in sys.stdin:
        best = float("inf")
        end = time.process_time() + float(line)
        while best == float("inf") or time.process_time() < end:
            start = time.process_time()
            steps = 0
            while time.process_time() - start < LEAST_SAMPLE:
                step()
                steps += 1
            best = min(best, (time.process_time() - start) / steps)
        print(f"{best * 1e3:.6f} {count}", flush=True)
