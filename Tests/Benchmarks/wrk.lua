-- Asks for a random line of the file named by PATHS (or for the URL's own path) and ends with one JSON line.
local paths = {}

function init()
  local name = os.getenv("PATHS")
  if not name then return end
  for line in io.lines(name) do paths[#paths + 1] = wrk.format("GET", line) end
  math.randomseed(1)
end

function request()
  if #paths == 0 then return wrk.format("GET") end
  return paths[math.random(#paths)]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('{"requests":%d,"errors":%d,"p99_us":%.0f}', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
end
