/** `yyyy-MM-dd'T'HH:mm:ss`, perhaps a fraction, and an offset as RFC 3339 writes it or without its colon. */
const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;

/** Beyond any that is written in earnest. */
const longestTime = 64;

const shanghaiHours = 8;
const shanghaiMs = shanghaiHours * 3_600_000;
const dayMs = 86_400_000;

/** Every time between has four digits of year, in UTC and in China. */
const earliestMs = Date.parse('0000-01-01T00:00:00Z');
const latestMs = Date.parse('9999-12-31T23:59:59.999Z') - shanghaiMs;

/** RFC 3339, to the letter. */
export function isRfc3339(text: string): boolean {
  return readIsoTime(text) !== undefined && /[Tt].*([Zz]|:\d\d)$/.test(text);
}

/**
 * Epoch milliseconds (a whole number or its digits), RFC 3339, or ISO 8601 with an offset such as `+0800`.
 *
 * @returns epoch milliseconds, or undefined for anything else
 */
export function readTime(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? withinYears(value) : undefined;
  if (typeof value !== 'string') return undefined;
  return /^\d{1,15}$/.test(value) ? withinYears(Number(value)) : readIsoTime(value);
}

/** Most times are of the second that is now, and a Date costs ten times as much as the rest of the text. */
let latest = { second: NaN, text: '' };

export function rfc3339(epochMs: number): string {
  const second = Math.floor(epochMs / 1_000);
  if (second !== latest.second) latest = { second, text: new Date(second * 1_000).toISOString().slice(0, -4) };
  return `${latest.text}${String(epochMs - second * 1_000).padStart(3, '0')}Z`;
}

/**
 * `yyyy-MM-dd'T'HH:mm:ss+0800`, as the original event bus writes times.
 *
 * @param utc as `rfc3339` writes it
 */
export function shanghaiTime(utc: string): string {
  const date = utc.slice(0, 10);
  const hour = Number(utc.slice(11, 13)) + shanghaiHours;
  const localDate = hour < 24 ? date : dateAfter(date);
  return `${localDate}T${String(hour % 24).padStart(2, '0')}${utc.slice(13, 19)}+0800`;
}

/** For eight hours of each day most times need the same one. */
let latestDate = { date: '', after: '' };

function dateAfter(date: string): string {
  if (date !== latestDate.date)
    latestDate = { date, after: new Date(Date.parse(date) + dayMs).toISOString().slice(0, 10) };
  return latestDate.after;
}

function readIsoTime(text: string): number | undefined {
  const parts = text.length > longestTime ? null : isoTime.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', offset = 'Z'] = parts;
  const date = `${year}-${month}-${day}`;
  const colonOffset = offset.replace(/^(.\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  // Date takes February 31st for March 2nd.
  if (new Date(date).getUTCDate() !== Number(day)) return undefined;
  return withinYears(Date.parse(`${date}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${colonOffset}`));
}

function withinYears(epochMs: number): number | undefined {
  return epochMs >= earliestMs && epochMs <= latestMs ? epochMs : undefined;
}
