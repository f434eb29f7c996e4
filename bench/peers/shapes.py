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


def random(n):
    root = [Quad() for _ in range(n)]
    x = 1
    mask = (1 << 64) - 1
    for node in root:
        for name in Quad.__slots__:
            x = (x * 6364136223846793005 + 1442695040888963407) & mask
            setattr(node, name, root[(x >> 33) % n])
    return root


def tree(n):
    children = []
    if n > 2:
        left = (n - 1) // 2
        children = [tree(left), tree(n - 1 - left)]
    node = []
    node.extend(children)
    return node
