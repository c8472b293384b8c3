/** `yyyy-MM-dd'T'HH:mm:ss`, optionally a fraction, and an RFC 3339 offset with or without its colon. */
const isoTime =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)$/;

/** Longer texts are not times. */
const longestTime = 64;
const dayMs = 86_400_000;

/** @returns epoch milliseconds; undefined when the text is not a time. A leap second counts as the following second */
export function readIsoTime(text: string): number | undefined {
  const parts = text.length > longestTime ? null : isoTime.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second = '', fraction = '', offset = 'Z'] = parts;
  const date = `${year}-${month}-${day}`;
  const colonOffset = offset.replace(/^(.\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  // Date accepts February 31st as a day in March.
  if (new Date(date).getUTCDate() !== Number(day)) return undefined;
  const at = (seconds: string) =>
    Date.parse(`${date}T${hour}:${minute}:${seconds}${fraction.slice(0, 4)}${colonOffset}`);
  return second === '60' ? leapSecond(at('59') + 1_000) : at(second);
}

/** Like `readIsoTime`, but accepts only RFC 3339. */
export function readRfc3339(text: string): number | undefined {
  return /^.{10}[Tt].*([Zz]|:\d\d)$/.test(text) ? readIsoTime(text) : undefined;
}

/** A leap second is the last second of a month, in UTC. @param epochMs of the following second */
function leapSecond(epochMs: number): number | undefined {
  const isFirst = new Date(epochMs).getUTCDate() === 1 && ((epochMs % dayMs) + dayMs) % dayMs < 1_000;
  return isFirst ? epochMs : undefined;
}
