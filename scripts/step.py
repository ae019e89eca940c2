"""Runs one step of the Makefile: prints its name, its progress, and how long it took.

    python3 scripts/step.py [--quiet] "what it does" command...

With --quiet the command's output is shown only if it fails.
"""

import subprocess
import sys
import tempfile
import time

HEARTBEAT_SECONDS = 20


def main(title, command, quiet):
    print(f"==> {title}", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        to = {"stdout": output, "stderr": subprocess.STDOUT} if quiet else {}
        try:
            step = subprocess.Popen(command, **to)
        except OSError as error:
            print(f"    FAILED: {command[0]}: {error.strerror}", flush=True)
            return 1
        while True:
            try:
                status = step.wait(HEARTBEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                print(f"    ... {title}: {time.monotonic() - started:.0f} s", flush=True)
            except KeyboardInterrupt:
                continue  # the step has the signal too, and ends by itself
        if quiet and status != 0:
            output.seek(0)
            sys.stdout.buffer.write(output.read())
    verdict = "done" if status == 0 else f"FAILED (status {status})"
    print(f"    {verdict} in {time.monotonic() - started:.0f} s", flush=True)
    return 0 if status == 0 else 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    quiet = arguments[0] == "--quiet"
    title, *command = arguments[quiet:]
    sys.exit(main(title, command, quiet))
