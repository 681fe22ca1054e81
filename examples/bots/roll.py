#!/usr/bin/env python3
"""Answers "roll 2d6", in conversations and in rooms. Options are passed on: roll.py --profile dice

See docs/bots.md.
"""

import hashlib
import json
import random
import re
import signal
import subprocess
import sys

OPTIONS = sys.argv[1:]
ROLL = re.compile(r"roll (\d{1,2})d(\d{1,3})")


def roll(count, sides):
    thrown = [random.randint(1, sides) for _ in range(count)]
    return f"{count}d{sides}: {' + '.join(map(str, thrown))} = {sum(thrown)}"


def answer(message):
    """Answers a message that asks for a roll, once, however often this program sees it."""
    asked = ROLL.fullmatch(message["text"].strip())
    if asked is None or int(asked[2]) == 0:
        return
    to = f"#{message['room']}" if "room" in message else message["conversation"]
    answer_id = hashlib.sha256(message["id"].encode()).hexdigest()[:32]
    words = ["heliograph", "reply", to, message["id"], "--id", answer_id, "--quiet", *OPTIONS]
    subprocess.run([*words, roll(int(asked[1]), int(asked[2]))], check=False)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    follow = ["heliograph", "receive", "--follow", "--json", *OPTIONS]
    with subprocess.Popen(follow, stdout=subprocess.PIPE, text=True) as listener:
        try:
            for line in listener.stdout:
                event = json.loads(line)
                # Programs ignore what they do not know.
                if event["type"] == "message" and not event["own"]:
                    answer(event)
        finally:
            listener.terminate()
    return listener.returncode


if __name__ == "__main__":
    sys.exit(main())
