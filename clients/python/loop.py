"""What the drivers of Python clients share: the loop over standard input, and what a member has seen."""

import asyncio
import base64
import inspect
import json
import sys
import time


class CannotExpress(Exception):
    """The library cannot express it."""


class Refused(Exception):
    """An error with a code of Kafka, where the library has no exception for it."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def decoded(text):
    return None if text is None else base64.b64decode(text)


def encoded(content):
    return None if content is None else base64.b64encode(bytes(content)).decode()


class Seen:
    """What happened to a member since it was asked last."""

    def __init__(self):
        self.assigned = set()
        self.events = []
        self.records = []

    def assign(self, partitions):
        self.assigned |= set(partitions)
        if partitions:
            self.events.append({"type": "assigned", "partitions": sorted(partitions)})

    def revoke(self, partitions, kind="revoked"):
        self.assigned -= set(partitions)
        if partitions:
            self.events.append({"type": kind, "partitions": sorted(partitions)})

    def record(self, partition, offset, value):
        self.records.append({"partition": partition, "offset": offset, "value": encoded(value)})

    def done(self, asked):
        assigned, records = asked.get("untilAssigned"), asked.get("untilRecords")
        if assigned is None and records is None:
            return False
        return (assigned is None or len(self.assigned) == assigned) and (
            records is None or len(self.records) >= records
        )

    def take(self):
        told = {"assigned": sorted(self.assigned), "events": self.events, "records": self.records}
        self.events, self.records = [], []
        return told


def deadline(asked):
    return time.monotonic() + asked["timeoutMs"] / 1000


def answer_of(error, tell):
    if isinstance(error, CannotExpress):
        return {"unsupported": str(error)}
    if isinstance(error, Refused):
        return {"error": {"code": error.code, "name": "Refused", "text": str(error)}}
    told = {"name": type(error).__name__, "text": str(error)}
    return {"error": {**told, "code": tell(error)}}


def say(asked, answer):
    sys.stdout.write(json.dumps({"id": asked["id"], **answer}) + "\n")
    sys.stdout.flush()


def serve(operations, tell, end):
    """Serves the operations, one after the other, until standard input ends. `tell`: the code of an error."""
    for line in sys.stdin:
        asked = json.loads(line)
        operation = operations.get(asked["op"])
        try:
            if operation is None:
                raise CannotExpress("the library has no such call")
            answer = {"ok": operation(asked) or {}}
        except Exception as error:
            answer = answer_of(error, tell)
        say(asked, answer)
    end()


async def serve_async(operations, tell, end):
    """The same for a library of coroutines: what it does in the background goes on meanwhile."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        operation = operations.get(asked["op"])
        try:
            if operation is None:
                raise CannotExpress("the library has no such call")
            answer = {"ok": (await operation(asked)) or {}}
        except Exception as error:
            answer = answer_of(error, tell)
        say(asked, answer)
    ended = end()
    if inspect.isawaitable(ended):
        await ended
