-- binary_trees DEPTH, as a side of a comparison: bench/peers/worker.h. Tables of two.
local function build(depth)
  if depth == 0 then return {} end
  return {build(depth - 1), build(depth - 1)}
end

local function count(node)
  if node[1] == nil then return 1 end
  return 1 + count(node[1]) + count(node[2])
end

local function binary_trees(depth)
  count(build(depth + 1))
  local kept = build(depth)
  for d = 4, depth, 2 do
    for _ = 1, 1 << (depth - d + 4) do count(build(d)) end
  end
  assert(count(kept) == (2 << depth) - 1)
end

assert(arg[1] == "binary_trees")
io.stdout:setvbuf("line")
print("ready 1 1")
for line in io.lines() do
  local start = os.clock()
  for _ = 1, tonumber(line) do binary_trees(tonumber(arg[2])) end
  print(string.format("%d", (os.clock() - start) * 1e9 // 1))
end
