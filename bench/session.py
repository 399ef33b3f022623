"""A session of psql that benchmarks talk to, and what its processes take in memory."""
import os
import pathlib
import re
import subprocess
import sys
import threading


class Session:
    """A psql that stays connected; with the server's messages where they are asked for."""

    def __init__(self, workers=0, messages="warning"):
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.run(f"SET client_min_messages = {messages}")
        self.run(f"SET max_parallel_workers_per_gather = {workers}")

    def run(self, statement):
        """The lines that a statement gives, and its milliseconds."""
        self.process.stdin.write(f"\\timing on\n{statement};\n\\timing off\n\\echo done\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != "done\n":
            if not line:
                sys.exit("\n".join([f"psql gave up on {statement}", *lines]))
            lines.append(line.rstrip("\n"))
        time = next(line for line in lines if line.startswith("Time: "))
        self.last_milliseconds = float(time.split()[1])
        return [line for line in lines if line and line != time], self.last_milliseconds

    def milliseconds(self, statement):
        return self.run(statement)[1]

    def value(self, statement):
        return self.run(statement)[0][0]

    def peak(self, statement, every=0.005, idle=0):
        """Bytes at the peak of a statement beyond those before: of the session, and of its parallel workers
        all that they have for themselves, less idle, looked at every so many seconds. What all of them had at
        one time is in last_together."""
        pid = self.value("SELECT pg_backend_pid()")
        before = status(pid, "VmRSS")
        over = threading.Event()
        workers = 0
        self.last_together = 0

        def watch():
            nonlocal workers
            while not over.wait(every):
                each = [max(status(worker, "RssAnon") - idle, 0) for worker in workers_of(pid)]
                workers = max(workers, sum(each))
                self.last_together = max(self.last_together, status(pid, "VmRSS") - before + sum(each))

        watcher = threading.Thread(target=watch)
        watcher.start()
        lines, _ = self.run(statement)
        over.set()
        watcher.join()
        peak = status(pid, "VmHWM") - before
        self.last_together = max(self.last_together, peak)
        return peak, workers, lines

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def status(pid, field):
    """Bytes that /proc tells of a process; 0 where it is gone."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def processor_seconds(pid):
    """What a process has had of the processors."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def workers_of(pid):
    """The numbers of a backend's parallel workers."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"parallel worker for PID {pid}" in path.read_text():
                yield path.parent.name
        except OSError:
            pass


def machine(session):
    """What the figures were measured on."""
    name = "unknown CPU"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
    cores = len(re.findall("^processor", pathlib.Path("/proc/cpuinfo").read_text(), re.M))
    server = session.value("SELECT split_part(current_setting('server_version'), ' ', 1)")
    return f"{cores} cores of {name}, PostgreSQL {server}"
