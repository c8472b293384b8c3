import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Batch } from './flush.js';
import { attemptsPerSubscription, type Row } from './tally.js';

/**
 * Applies a batch unless it was applied before: writers number their batches, and the last number stands beside the
 * figures. It is written first, so that a batch which Redis refuses halfway is not applied from the start again.
 *
 * KEYS: the writer's mark. ARGV: the batch's number, the key prefix, the rows as JSON, the attempts of all rows.
 * A row: subscription, pending, delivered, undelivered, dropped, number of attempts, minutes. Numbers below 2^53 reach
 * the commands unharmed.
 */
const script = `
local number = tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[1]) or 0) >= number then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', 86400)

local function add(key, field, by)
  if by ~= 0 then redis.call('HINCRBY', key, field, by) end
end

local attempt = 3
for _, row in ipairs(cjson.decode(ARGV[3])) do
  local id, pending, delivered, undelivered, dropped, attempts, minutes = unpack(row)
  local base = string.format('%ssubscription:%.0f', ARGV[2], id)
  local total, failure = 0, 0
  for i = 1, #minutes, 3 do
    local minute = minutes[i]
    local hour = string.format('%s:hour:%.0f', base, math.floor(minute / 60))
    add(hour, minute % 60, minutes[i + 1])
    add(hour, string.format('%.0ff', minute % 60), minutes[i + 2])
    redis.call('EXPIRE', hour, 90000)
    total = total + minutes[i + 1]
    failure = failure + minutes[i + 2]
  end
  add(base, 'total', total)
  add(base, 'failure', failure)
  add(base, 'pending', pending)
  add(base, 'delivered', delivered)
  add(base, 'undelivered', undelivered)
  add(base, 'dropped', dropped)
  for i = 1, attempts do
    redis.call('XADD', base .. ':attempts', 'MAXLEN', '~', ${attemptsPerSubscription}, '*', 'attempt', ARGV[attempt + i])
  end
  attempt = attempt + attempts
end
return 1
`;
const digest = createHash('sha1').update(script).digest('hex');

/** @throws when it is not known to be applied; try the same batch again then */
export async function applyBatch(
  redis: Redis,
  options: { prefix: string; writer: string; batch: Batch },
): Promise<void> {
  const { prefix, writer, batch } = options;
  const args = [`${prefix}writer:${writer}`, batch.number, prefix, ...encode(batch.rows)];
  try {
    await redis.evalsha(digest, 1, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    await redis.eval(script, 1, ...args);
  }
}

function encode(rows: readonly Row[]): string[] {
  const figures = rows.map((row) => [
    row.subscription,
    row.pending,
    row.delivered,
    row.undelivered,
    row.dropped,
    row.attempts.length,
    row.minutes,
  ]);
  return [JSON.stringify(figures), ...rows.flatMap((row) => row.attempts.map((attempt) => JSON.stringify(attempt)))];
}
