import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Batch } from './flush.js';
import { encodeAttempt } from './attempt.js';
import { encodeStep } from './event-step.js';
import { eventKeyOf, traceNameOf } from './redis-keys.js';
import { stepsPerEvent, type EventStep } from './statistics.js';
import { attemptsPerSubscription, type Row } from './tally.js';

/**
 * Applies a batch unless it was applied before: writers number their batches, and the last number stands beside the
 * figures. It is written first, so that a batch which Redis refuses halfway is not applied from the start again.
 *
 * KEYS: the writer's mark. ARGV: the batch's number, the key prefix, the trace window, the rows and the traces as JSON,
 * the attempts of all rows, the steps of all traces. A row: subscription, pending, undelivered, dropped, number of
 * attempts, minutes. A trace: name, number of steps. Numbers below 2^53 reach the commands unharmed.
 *
 * The last attempts are a list: a stream of one entry takes 4.4 KB and three times as long to make (Redis 7.0), and there is one for
 * each subscription. A trace is one list that expires. Measured on Redis 7.0, all told: 630 bytes for an event with three subscriptions,
 * delivered at once (seven steps, 330 bytes of them text), 160 bytes for each subscription more; 10 µs of Redis' time.
 */
const script = `
local number = tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[1]) or 0) >= number then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)

local function add(key, field, by)
  if by ~= 0 then return redis.call('HINCRBY', key, field, by) end
end

local read = 5
for _, row in ipairs(cjson.decode(ARGV[4])) do
  local id, pending, undelivered, dropped, attempts, minutes = unpack(row)
  local base = string.format('%ssubscription:%.0f', ARGV[2], id)
  local total, failure = 0, 0
  for i = 1, #minutes, 3 do
    local minute = minutes[i]
    local hour = string.format('%s:hour:%.0f', base, math.floor(minute / 60))
    if add(hour, minute % 60, minutes[i + 1]) == minutes[i + 1] then redis.call('EXPIRE', hour, 90000) end
    add(hour, string.format('%.0ff', minute % 60), minutes[i + 2])
    total = total + minutes[i + 1]
    failure = failure + minutes[i + 2]
  end
  local isFirst = add(base, 'total', total) == total
  add(base, 'failure', failure)
  add(base, 'pending', pending)
  add(base, 'undelivered', undelivered)
  add(base, 'dropped', dropped)
  if attempts > 0 then
    local recent = base .. ':recent'
    if redis.call('RPUSH', recent, unpack(ARGV, read + 1, read + attempts)) > ${attemptsPerSubscription} then
      redis.call('LTRIM', recent, -${attemptsPerSubscription}, -1)
    end
    if isFirst then
      local left = redis.call('TTL', base)
      if left > 0 then redis.call('EXPIRE', recent, left) end
    end
    read = read + attempts
  end
end
for _, trace in ipairs(cjson.decode(ARGV[5])) do
  local key, steps = ARGV[2] .. 'trace:' .. trace[1], trace[2]
  if redis.call('RPUSH', key, unpack(ARGV, read + 1, read + steps)) > ${stepsPerEvent} then
    redis.call('LTRIM', key, -${stepsPerEvent}, -1)
  end
  redis.call('EXPIRE', key, ARGV[3])
  read = read + steps
end
return 1
`;
const digest = createHash('sha1').update(script).digest('hex');

/** @throws when it is not known to be applied; try the same batch again then */
export async function applyBatch(
  redis: Redis,
  options: { prefix: string; writer: string; traceWindowS: number; batch: Batch },
): Promise<void> {
  const { prefix, writer, traceWindowS, batch } = options;
  const traces = tracesOf(batch.steps);
  const args = [
    `${prefix}writer:${writer}`,
    batch.number,
    prefix,
    traceWindowS,
    JSON.stringify(batch.rows.map(figuresOf)),
    JSON.stringify(traces.map(([name, steps]) => [name, steps.length])),
    ...batch.rows.flatMap((row) => row.attempts.map(encodeAttempt)),
    ...traces.flatMap(([, steps]) => steps),
  ];
  try {
    await redis.evalsha(digest, 1, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    await redis.eval(script, 1, ...args);
  }
}

function figuresOf(row: Row): unknown[] {
  const { subscription, pending, undelivered, dropped, attempts, minutes } = row;
  return [subscription, pending, undelivered, dropped, attempts.length, minutes];
}

/** Steps by event, so that each event's list is named and written once. */
function tracesOf(steps: readonly EventStep[]): [name: string, steps: string[]][] {
  const traces = new Map<string, string[]>();
  for (const step of steps) {
    const key = eventKeyOf(step.account, step.eventId);
    const known = traces.get(key);
    if (known === undefined) traces.set(key, [encodeStep(step)]);
    else known.push(encodeStep(step));
  }
  return Array.from(traces, ([key, encoded]) => [traceNameOf(key), encoded]);
}
