-- KEYS[1]: a bucket. ARGV: rate, burst, wanted. Returns the tokens that were given, and milliseconds until there is one.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(held[1] or burst), tonumber(held[2] or now)
local there = math.min(burst, tokens + math.max(0, now - at) * rate)
local given = math.min(wanted, math.floor(there))
if given == 0 then  -- nothing is written for whoever is refused
    return {0, math.ceil((1 - there) / rate * 1000)}
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', there - given), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return {given, 0}
