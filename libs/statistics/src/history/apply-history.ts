import type { Redis } from 'ioredis';
import { createApplyOnce } from '../apply-once.js';
import type { Batch } from '../flush.js';
import { attemptsPerSubscription, stepsKeptS, type Attempt, type EventStep } from '../statistics.js';
import { encodeAttempt } from './attempt.js';
import { buckets, encodeStories } from './story.js';

/** The least number of segments when the bound is reached: a deletion then removes no more than this share. */
const segmentsKept = 16;
const segmentMaxAgeS = stepsKeptS / segmentsKept;
/** The most lists of attempts that one batch deletes: no fewer than it may create. */
const listsDeletedAtOnce = 2_000;
const forgottenS = 86_400;

/** Sizes are estimates: Redis needs some 6 bytes beside those of an entry, and some 300 for a key with its index. */
const definitions = `
local traces, order = ARGV[2] .. 'traces', ARGV[2] .. 'attempts'
local function listOf(subscription) return ARGV[2] .. 'subscription:' .. subscription .. ':recent' end
local sizeOfKey = 300
local function sizeOf(entries, from, to)
  local size = 0
  for i = from, to do size = size + #entries[i] + 6 end
  return size
end
local function sizeOfList(list)
  local entries = redis.call('LRANGE', list, 0, -1)
  return sizeOfKey + sizeOf(entries, 1, #entries)
end
`;

/**
 * Applies a batch of attempts and steps, and deletes the oldest ones beyond the bound.
 *
 * ARGV: the key prefix, the bound in bytes, the lists of attempts and the buckets as JSON, all attempts, an entry of stories for each bucket.
 * The JSON of the lists has each subscription followed by the number of its attempts.
 *
 * The stories are in numbered segments: lists `traces:<segment>:<bucket>`. New entries go into the last segment. A segment ends when it is
 * large or old, and the first segment is deleted as a whole. The hash `traces` has
 * - `first` and `last`, the numbers of the segments that exist
 * - `start:<segment>`, the time at which a segment began, by the clock of Redis
 * - `bytes`, the estimated size of the last segment; `size:<segment>`, the measured size of an ended segment; `ended`, the sum of these sizes
 * - `attempts`, the estimated size of all lists of attempts.
 *
 * The last attempts of a subscription are a list, because a stream of one entry takes 4.4 KB (Redis 7.0). The sorted set `attempts` has all
 * subscriptions by the time of their last attempt. All attempts together take at most half of the bound: beyond it, the least
 * recently extended list is deleted. A list that is not in the sorted set was written by version 0.1, which kept no sizes.
 */
const script = `
local limit = tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local read = 5

local growth = 0
local lists = cjson.decode(ARGV[4])
for i = 1, #lists, 2 do
  local subscription, count = string.format('%.0f', lists[i]), lists[i + 1]
  local list = listOf(subscription)
  local isNew = redis.call('ZADD', order, now, subscription) == 1
  if isNew and redis.call('EXISTS', list .. ':forgotten') == 1 then
    redis.call('ZREM', order, subscription)
  else
    local length = redis.call('RPUSH', list, unpack(ARGV, read + 1, read + count))
    if isNew and length > count then
      growth = growth + sizeOfList(list)
    else
      growth = growth + (isNew and sizeOfKey or 0) + sizeOf(ARGV, read + 1, read + count)
    end
    if length > ${attemptsPerSubscription} then
      local removed = redis.call('LPOP', list, length - ${attemptsPerSubscription})
      growth = growth - sizeOf(removed, 1, #removed)
    end
  end
  read = read + count
end
local attempts = redis.call('HINCRBY', traces, 'attempts', growth)
for _ = 1, ${listsDeletedAtOnce} do
  local oldest = attempts > limit / 2 and redis.call('ZPOPMIN', order)[1]
  if not oldest then break end
  attempts = redis.call('HINCRBY', traces, 'attempts', -sizeOfList(listOf(oldest)))
  redis.call('UNLINK', listOf(oldest))
end

local function bucketsOf(segment)
  local keys = {}
  for bucket = 0, ${buckets - 1} do keys[bucket + 1] = traces .. ':' .. segment .. ':' .. bucket end
  return keys
end
local function get(field) return tonumber(redis.call('HGET', traces, field) or 0) end

local state = redis.call('HMGET', traces, 'first', 'last', 'bytes', 'ended')
for i = 1, 4 do state[i] = tonumber(state[i] or 0) end
local first, last, bytes, ended = unpack(state)
local start = get('start:' .. last)
if start == 0 then
  start = now
  redis.call('HSET', traces, 'start:' .. last, start)
end
local chosen = cjson.decode(ARGV[5])
for i = 1, #chosen do
  local key, entry = traces .. ':' .. last .. ':' .. chosen[i], ARGV[read + i]
  bytes = bytes + sizeOf({ entry }, 1, 1)
  if redis.call('RPUSH', key, entry) == 1 then
    bytes = bytes + sizeOfKey
    redis.call('EXPIRE', key, ${stepsKeptS + segmentMaxAgeS})
  end
end
if bytes > limit / ${segmentsKept} or now - start > ${segmentMaxAgeS * 1_000} then
  local size = 0
  for _, key in ipairs(bucketsOf(last)) do
    local usage = redis.pcall('MEMORY', 'USAGE', key)
    if type(usage) == 'number' then size = size + usage end
  end
  -- A Redis may forbid the command.
  if size == 0 then size = bytes end
  redis.call('HSET', traces, 'size:' .. last, size, 'start:' .. (last + 1), now + 1)
  last, bytes, ended = last + 1, 0, ended + size
end
local function isTooOld() return now - get('start:' .. (first + 1)) > ${stepsKeptS * 1_000} end
while first < last and (ended + bytes + attempts > limit or isTooOld()) do
  redis.call('UNLINK', unpack(bucketsOf(first)))
  ended = ended - get('size:' .. first)
  redis.call('HDEL', traces, 'size:' .. first, 'start:' .. first)
  first = first + 1
end
redis.call('HSET', traces, 'first', first, 'last', last, 'bytes', bytes, 'ended', ended)
return 1
`;

/** ARGV: a number that is not used, the key prefix, a subscription. Attempts that arrive later are not kept. */
const forgetScript = `
local list = listOf(ARGV[3])
redis.call('SET', list .. ':forgotten', 1, 'EX', ${forgottenS})
if redis.call('ZREM', order, ARGV[3]) == 1 then redis.call('HINCRBY', traces, 'attempts', -sizeOfList(list)) end
redis.call('UNLINK', list)
`;

export type HistoryItem = Attempt | EventStep;

export function createApplyHistory(options: { redis: Redis; prefix: string; maxBytes: number }) {
  const { redis, prefix, maxBytes } = options;
  const applyOnce = createApplyOnce({ redis, prefix, script: definitions + script });

  return ({ number, items }: Batch<HistoryItem>): Promise<void> => {
    const lists = attemptsOf(items);
    const stories = encodeStories(items.filter((item) => 'kind' in item));
    return applyOnce(number, [
      prefix,
      maxBytes,
      JSON.stringify(Array.from(lists, ([subscription, attempts]) => [subscription, attempts.length]).flat()),
      JSON.stringify([...stories.keys()]),
      ...[...lists.values()].flat(),
      ...stories.values(),
    ]);
  };
}

export async function forgetAttempts(redis: Redis, prefix: string, subscription: number): Promise<void> {
  await redis.eval(definitions + forgetScript, 0, 0, prefix, subscription);
}

/** The encoded attempts of each subscription. */
function attemptsOf(items: readonly HistoryItem[]): Map<number, string[]> {
  const lists = new Map<number, string[]>();
  for (const item of items) {
    if ('kind' in item) continue;
    const attempts = lists.get(item.subscription);
    if (attempts === undefined) lists.set(item.subscription, [encodeAttempt(item)]);
    else attempts.push(encodeAttempt(item));
  }
  return lists;
}
