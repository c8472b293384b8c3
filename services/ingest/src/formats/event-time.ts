import { readIsoTime } from '@callbus/runtime/parsing/iso-time';

const shanghaiHours = 8;
const dayMs = 86_400_000;

/** The first and last time that RFC 3339 can write in UTC. */
const earliestMs = Date.parse('0000-01-01T00:00:00Z');
const latestMs = Date.parse('9999-12-31T23:59:59.999Z');
const lastDate = '9999-12-31';

/**
 * Reads a time as epoch milliseconds (a whole number or its digits), as RFC 3339, or as ISO 8601 with an offset such as
 * `+0800`.
 *
 * @returns epoch milliseconds, or undefined for any other value
 */
export function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? withinYears(value) : undefined;
  if (typeof value !== 'string') return undefined;
  return withinYears(/^\d{1,15}$/.test(value) ? Number(value) : readIsoTime(value));
}

/** The text of the last second, in which most times lie: formatting a Date costs ten times as much as the rest. */
let latest = { second: NaN, text: '' };

export function rfc3339(epochMs: number): string {
  const second = Math.floor(epochMs / 1_000);
  if (second !== latest.second) latest = { second, text: new Date(second * 1_000).toISOString().slice(0, -4) };
  return `${latest.text}${String(epochMs - second * 1_000).padStart(3, '0')}Z`;
}

/**
 * `yyyy-MM-dd'T'HH:mm:ss+0800`, as the original event bus writes times. A time whose year in China has five digits stays
 * in UTC.
 *
 * @param utc as `rfc3339` writes it
 */
export function shanghaiTime(utc: string): string {
  const date = utc.slice(0, 10);
  const hour = Number(utc.slice(11, 13)) + shanghaiHours;
  if (hour >= 24 && date === lastDate) return `${utc.slice(0, 19)}+0000`;
  const localDate = hour < 24 ? date : dateAfter(date);
  return `${localDate}T${String(hour % 24).padStart(2, '0')}${utc.slice(13, 19)}+0800`;
}

/** The last date and the day after it, which most times need during eight hours of each day. */
let latestDate = { date: '', after: '' };

function dateAfter(date: string): string {
  if (date !== latestDate.date)
    latestDate = { date, after: new Date(Date.parse(date) + dayMs).toISOString().slice(0, 10) };
  return latestDate.after;
}

function withinYears(epochMs: number | undefined): number | undefined {
  return epochMs !== undefined && epochMs >= earliestMs && epochMs <= latestMs ? epochMs : undefined;
}
