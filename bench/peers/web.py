"""The workload `web` (workloads/web.c, small) in Python, object for object, and what this interpreter
spends on collecting it at 700/10/10.

    web.py FOLDER-OF-PROGRAMS REQUESTS

Requests load rows into an identity map; rows, their states, requests and responses know each other.
The same random numbers, so the same graph and the same collections; a first run counts the objects
that each examines, the others time them. An item is such an object. What the interpreter itself
holds is frozen out before.
"""

import gc
import sys
import time

try:
    sys.path.insert(0, sys.argv[1])
    import heapdyno_peer
except ImportError as error:
    print("skip", error)
    sys.exit()

SESSIONS, FLIGHT, ROWS, HISTORY, HEADERS, KEPT_ONE_IN = 2000, 64, 8, 3, 5, 10
LETTERS = "abcdefghijklmnopqrstuvwxyz" * 400
MASK = (1 << 64) - 1


class Random:
    """xoshiro256**, as base/rng.h; made of numbers only, which no collection looks at."""

    __slots__ = ("a", "b", "c", "d")

    def __init__(self, seed):
        for name in self.__slots__:
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
            setattr(self, name, z ^ (z >> 31))

    def below(self, n):
        x = (self.b * 5) & MASK
        result = (((x << 7) | (x >> 57)) * 9) & MASK
        t = (self.b << 17) & MASK
        self.c ^= self.a
        self.d ^= self.b
        self.b ^= self.c
        self.a ^= self.d
        self.c ^= t
        self.d = ((self.d << 45) | (self.d >> 19)) & MASK
        return (result * n) >> 64


class Session:
    pass


class Request:
    pass


class Response:
    pass


class Row:
    pass


class State:
    __slots__ = ("row", "owner", "key")


def text(number, length):
    return LETTERS[number % 26 : number % 26 + length]


class Web:
    __slots__ = ("random", "sessions", "flight", "serial")

    def __init__(self):
        self.random = Random(1)
        self.serial = 0
        self.sessions = {}
        self.flight = []
        for i in range(SESSIONS):
            self.session(i)
        for i in range(FLIGHT):
            self.open(self.flight, self.random.below(SESSIONS))

    def session(self, number):
        session = Session()
        self.sessions[number] = session
        session.id = number
        session.title = text(number, 32)
        session.history = []
        self.open(session.history, number)
        self.answer(session.history[0], False)

    def open(self, where, number):
        serial = self.serial
        self.serial += 1
        request = Request()
        where.append(request)
        request.path = text(serial, 20 + serial % 30)
        request.headers = {}
        for i in range(HEADERS):
            request.headers[text(i, 6 + 2 * i)] = text(serial + i, 10 + (serial + i) % 60)
        request.session = self.sessions[number]
        request.rows = []
        request.map = {}
        for i in range(1 + self.random.below(2 * ROWS - 1)):
            self.row(request, serial * 64 + i)

    def row(self, request, number):
        rows = request.rows
        row = Row()
        rows.append(row)
        count = len(rows)
        row.id = 1000 + number
        row.title = text(number, 40 + number % 120)
        row.price = number % 1000 / 4
        row.parent = rows[count // 2 - 1] if count > 1 else None
        row.request = request
        state = State()
        row.state = state
        state.row = row
        state.owner = request
        state.key = ("title", row.id)
        row.__dict__
        request.map[row.id] = row

    def render(self, response, rows):
        pieces = []
        size = 0
        for row in range(len(rows)):
            piece = rows[row].title + "price"
            pieces.append(piece)
            size += len(piece)
        response.body = text(size, size)

    def answer(self, request, keep):
        response = Response()
        request.response = response
        response.request = request
        self.render(response, request.rows)
        self.random.below(1)  # the share of garbage that is cyclic: all of it
        if keep:
            history = request.session.history
            history.append(request)
            if len(history) > HISTORY:
                history.pop(0)

    def turn(self, at):
        fresh = []
        self.open(fresh, self.random.below(SESSIONS))
        self.answer(self.flight[at], self.random.below(KEPT_ONE_IN) == 0)
        self.flight[at] = fresh[0]


def run(requests):
    web = Web()
    for i in range(requests):
        web.turn(i % FLIGHT)
    return web


class Clock:
    """Hears collections: how many, what they examine (or, not counting, how long they take)."""

    __slots__ = ("counting", "collections", "examined", "begun", "spent")

    def hear(self, phase, info):
        if phase == "stop":
            self.spent += time.thread_time_ns() - self.begun
            self.collections[info["generation"]] += 1
            return
        if self.counting:
            for i in range(info["generation"] + 1):
                self.examined += len(gc.get_objects(i))
        self.begun = time.thread_time_ns()

    def start(self, counting):
        self.counting = counting
        self.collections = [0, 0, 0]
        self.examined = self.spent = 0


def hear_run(clock, requests, counting):
    """What the automatic collections of one run spend."""
    clock.start(counting)
    gc.collect()
    gc.freeze()
    gc.collect()  # of nothing: the long-lived objects are counted anew
    gc.callbacks.append(clock.hear)
    gc.enable()
    web = run(requests)
    gc.disable()
    gc.callbacks.pop()
    del web
    gc.unfreeze()
    gc.collect()
    return clock.spent


def main(requests):
    gc.disable()
    clock = Clock()
    hear_run(clock, requests, True)
    note = "%d %d %d" % tuple(clock.collections)
    examined = clock.examined
    heapdyno_peer.serve(
        lambda times: sum([hear_run(clock, requests, False) for _ in range(times)]), examined, note
    )


main(int(sys.argv[2]))
