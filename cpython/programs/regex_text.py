"""Regular expressions over generated text: tokens, a word index, substitutions.

    regex_text.py [LINES]
"""
import collections
import gc
import random
import re
import sys

TOKEN = re.compile(r"(?P<number>\d+(?:\.\d+)?)|(?P<word>[a-z]+)|(?P<mark>[^\w\s])")


def lines(rng, count):
    words = ["".join(rng.choices("abcdefghij", k=rng.randrange(2, 9))) for _ in range(800)]
    for _ in range(count):
        yield " ".join(rng.choice((rng.choice(words), str(rng.randrange(1000)), ","))
                       for _ in range(rng.randrange(5, 25)))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = random.Random(1)
    index = collections.defaultdict(list)
    kinds = collections.Counter()
    length = 0
    for number, line in enumerate(lines(rng, count)):
        for match in TOKEN.finditer(line):
            kinds[match.lastgroup] += 1
            if match.lastgroup == "word":
                index[match.group()].append((number, match.start()))
        length += len(re.sub(r"(\w+) (\w+)", r"\2 \1", line))
    print("kinds", sorted(kinds.items()), "words", len(index), "length", length)
    print("collections", *(row["collections"] for row in gc.get_stats()))


main()
