"""The graphs of shapes.c in Python, object for object."""


class Pair:
    __slots__ = ("a", "b")


class Quad:
    __slots__ = ("a", "b", "c", "d")


class Plain:
    pass


def draws():
    x = 1
    while True:
        x = (x * 6364136223846793005 + 1442695040888963407) & ((1 << 64) - 1)
        yield x >> 33


def shuffled(items):
    order = list(range(len(items)))
    draw = draws()
    for i in range(len(items)):
        other = next(draw) % (i + 1)
        order[i] = order[other] if other < i else i
        order[other] = i
    return [items[i] for i in order]


def make_nodes(make, n, aged):
    nodes = [make() for _ in range(n)]
    return shuffled(nodes) if aged else nodes


def lists(n, aged=False):
    return make_nodes(list, n, aged)


def ring(n, aged=False):
    nodes = make_nodes(Pair, n, aged)
    for i, node in enumerate(nodes):
        following = nodes[(i + 1) % n]
        node.a = following
        following.b = node
    return nodes[0]


def instances(n, aged=False):
    number = iter(range(n))

    def make():
        node = Plain()
        node.next = None
        node.value = next(number) % 100
        return node

    nodes = make_nodes(make, n, aged)
    for i, node in enumerate(nodes):
        node.next = nodes[(i + 1) % n]
    return nodes[0]


def random(n, aged=False):
    nodes = make_nodes(Quad, n, aged)
    draw = draws()
    for node in nodes:
        node.a = nodes[next(draw) % n]
        node.b = nodes[next(draw) % n]
        node.c = nodes[next(draw) % n]
        node.d = nodes[next(draw) % n]
    return nodes


def tree(n, aged=False):
    if aged:
        nodes = make_nodes(list, n, True)
        for i in range(1, n):
            nodes[(i - 1) // 2].append(nodes[i])
        return nodes[0]
    left = (n - 1) // 2
    children = [tree(size) for size in (left, n - 1 - left) if size > 0]
    node = []
    node.extend(children)
    return node


def build(name, n):
    """The root of a shape: "ring" or "ring/aged"."""
    shape, _, age = name.partition("/")
    return globals()[shape](n, age == "aged")
