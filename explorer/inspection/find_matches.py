"""A process that searches texts for a regular expression: ``re`` keeps all threads waiting; a process can be ended.

It reads JSON, ``{"pattern": …, "texts": […], "seconds": …}``, and writes ``{"spans": [[[start, end], …], …]}`` or
``{"error": …}``. The operating system ends it after that much computing. It imports the standard library alone, which
takes 20 ms.
"""

import json
import re
import signal
import sys


def main() -> None:
    """Answer one question."""
    asked = json.load(sys.stdin)
    if sys.platform != "win32":  # there, whoever asks ends this process
        signal.setitimer(signal.ITIMER_VIRTUAL, asked["seconds"])  # computing, not waiting for a busy processor
    try:
        expression = re.compile(asked["pattern"], re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        place = getattr(error, "pos", None)
        answer = {"error": getattr(error, "msg", str(error)) + ("" if place is None else f" at character {place}")}
    else:
        answer = {"spans": [[match.span() for match in expression.finditer(text)] for text in asked["texts"]]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
