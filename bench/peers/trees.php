<?php
// binary_trees DEPTH, as a side of a comparison: bench/peers/worker.h. Objects with two properties.
final class Node
{
    public ?Node $left = null;
    public ?Node $right = null;
}

function build(int $depth): Node
{
    $node = new Node();
    if ($depth > 0) {
        $node->left = build($depth - 1);
        $node->right = build($depth - 1);
    }
    return $node;
}

function count_nodes(Node $node): int
{
    return $node->left === null ? 1 : 1 + count_nodes($node->left) + count_nodes($node->right);
}

function binary_trees(int $depth): void
{
    count_nodes(build($depth + 1));
    $kept = build($depth);
    for ($d = 4; $d <= $depth; $d += 2) {
        for ($i = 1 << ($depth - $d + 4); $i > 0; $i--) {
            count_nodes(build($d));
        }
    }
    if (count_nodes($kept) !== (2 << $depth) - 1) {
        exit(1);
    }
}

function cpu_ns(): int
{
    $use = getrusage();
    return 1000 * (1000000 * ($use["ru_utime.tv_sec"] + $use["ru_stime.tv_sec"])
        + $use["ru_utime.tv_usec"] + $use["ru_stime.tv_usec"]);
}

ini_set("memory_limit", "-1");
echo "ready 1 1\n";
while (($line = fgets(STDIN)) !== false) {
    $start = cpu_ns();
    for ($i = (int) $line; $i > 0; $i--) {
        binary_trees((int) $argv[2]);
    }
    echo cpu_ns() - $start, "\n";
}
