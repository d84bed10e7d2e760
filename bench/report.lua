-- For wrk: the request comes from the command line, the result goes out as one JSON object.
function init(arguments)
    wrk.method = arguments[1] or "GET"
    wrk.body = arguments[2]
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"us":%d,"status":%d,"broken":%d,"p50":%d,"p99":%d}\n', summary.requests,
        summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
