"""A request loop over data classes: rows that know their order, a session cache, an audit log.

    web_like.py [REQUESTS]
"""
import dataclasses
import gc
import random
import sys


@dataclasses.dataclass
class Row:
    sku: int
    price: float
    count: int
    order: object = None


@dataclasses.dataclass
class Order:
    number: int
    customer: str
    rows: list = dataclasses.field(default_factory=list)

    def add(self, row):
        row.order = self
        self.rows.append(row)

    def total(self):
        return sum(row.price * row.count for row in self.rows)


class Session:
    def __init__(self, name):
        self.name = name
        self.visits = 0
        self.last = None
        self.settings = {"lang": "en", "theme": name[-1]}


def handle(rng, sessions, audit, number):
    name = "customer%d" % int(rng.paretovariate(1.2))
    session = sessions.get(name)
    if session is None:
        if len(sessions) >= 500:
            del sessions[next(iter(sessions))]
        session = sessions[name] = Session(name)
    session.visits += 1
    order = Order(number, name)
    for _ in range(1 + rng.randrange(8)):
        order.add(Row(rng.randrange(1000), rng.random() * 10, 1 + rng.randrange(3)))
    headers = {"Content-Type": "text/html", "Set-Cookie": "session=%s" % name}
    body = "".join("<tr><td>%d</td><td>%.2f</td></tr>" % (r.sku, r.price) for r in order.rows)
    if number % 50 == 0:
        session.last = order
        audit.append((number, name, order.total()))
    return len(body) + len(headers)


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = random.Random(1)
    sessions, audit = {}, []
    written = sum(handle(rng, sessions, audit, number) for number in range(requests))
    print("written", written, "sessions", len(sessions), "audit", len(audit))
    print("collections", *(row["collections"] for row in gc.get_stats()))


main()
