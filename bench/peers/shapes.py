"""The graphs of shapes.c in Python, object for object."""


class Pair:
    __slots__ = ("a", "b")


class Quad:
    __slots__ = ("a", "b", "c", "d")


class Plain:
    pass


def lists(n):
    return [[] for _ in range(n)]


def ring(n):
    first = last = Pair()
    for _ in range(n - 1):
        node = Pair()
        last.a = node
        node.b = last
        last = node
    last.a = first
    first.b = last
    return first


def instances(n):
    first = last = Plain()
    for i in range(1, n + 1):
        node = Plain() if i < n else first
        last.next = node
        last.value = i % 100
        last = node
    return first


def draws():
    x = 1
    while True:
        x = (x * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
        yield x >> 33


def random(n):
    root = [Quad() for _ in range(n)]
    draw = draws()
    for node in root:
        for name in Quad.__slots__:
            setattr(node, name, root[next(draw) % n])
    return root


def shuffled(items):
    order = list(range(len(items)))
    draw = draws()
    for i in order.copy():
        other = next(draw) % (i + 1)
        order[i] = order[other] if other < i else i
        order[other] = i
    return [items[i] for i in order]


def aged(n):
    return shuffled(lists(n))


def knot(n):
    nodes = shuffled([Pair() for _ in range(n)])
    for i, node in enumerate(nodes):
        following = nodes[(i + 1) % n]
        node.a = following
        following.b = node
    return nodes[0]


def tree(n):
    children = []
    if n > 2:
        left = (n - 1) // 2
        children = [tree(left), tree(n - 1 - left)]
    node = []
    node.extend(children)
    return node
