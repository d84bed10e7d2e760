-- For wrk: the request comes from the command line, the result goes out as one JSON object. With a file of cookies each
-- request has the next one of its lines.
function init(arguments)
    wrk.method = arguments[1] or "GET"
    wrk.body = arguments[2] ~= "" and arguments[2] or nil
    if not arguments[3] then return end
    local before, behind = wrk.format():match("^(.-\r\n[Cc]ookie: )[^\r]*(.*)$")
    local requests, at = {}, 0
    for line in io.lines(arguments[3]) do requests[#requests + 1] = line end
    request = function()
        at = at % #requests + 1
        return before .. requests[at] .. behind
    end
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"us":%d,"status":%d,"broken":%d,"p50":%d,"p99":%d}\n', summary.requests,
        summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
