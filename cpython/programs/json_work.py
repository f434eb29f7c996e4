"""Writes nested records as JSON and reads them back, keeping the last few.

    json_work.py [DOCUMENTS]
"""
import collections
import gc
import json
import random
import sys


def record(rng, number):
    return {
        "id": number,
        "name": "user%d" % rng.randrange(10000),
        "active": rng.random() < 0.7,
        "score": rng.random() * 100,
        "tags": ["t%d" % rng.randrange(50) for _ in range(rng.randrange(6))],
        "address": {"street": "s" * rng.randrange(5, 40), "zip": "%05d" % rng.randrange(99999)},
        "orders": [{"sku": rng.randrange(1000), "price": rng.random(), "count": 1 + i}
                   for i in range(rng.randrange(4))],
    }


def main():
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    rng = random.Random(1)
    kept = collections.deque(maxlen=5)
    length = total = 0
    for number in range(documents):
        text = json.dumps([record(rng, 100 * number + i) for i in range(25)])
        length += len(text)
        rows = json.loads(text)
        total += sum(order["count"] for row in rows for order in row["orders"])
        kept.append(rows)
    print("length", length, "total", total)
    print("collections", *(row["collections"] for row in gc.get_stats()))


main()
