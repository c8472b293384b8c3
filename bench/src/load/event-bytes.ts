/**
 * The published events, as bytes in which only digits of fixed width change. A load generator overwrites these digits,
 * and a receiver finds them, without encoding or parsing anything.
 *
 * Each event carries `#<sequence>@<time>`, which shows whether the event was lost or repeated, and its age.
 */
const sequenceDigits = 10;
const timeDigits = 16;
const nameDigits = 6;
const kindDigits = 3;
/** Becomes the sequence of the event. */
export const sequenceMark = `#${'0'.repeat(sequenceDigits)}@`;
const timeMark = `@${'0'.repeat(timeDigits)}`;
const nameHead = 'state.n';
const nameMark = `${nameHead}${'0'.repeat(nameDigits)}`;
const typeHead = 'type-';
const typeMark = `${typeHead}${'0'.repeat(kindDigits)}`;
const accountHead = 'account-';
const accountMark = `${accountHead}${'0'.repeat(kindDigits)}`;

/** The numbers of the event names that sequences take in turn: `first` to `first + count - 1`. */
export interface Names {
  readonly first: number;
  readonly count: number;
  /** Beside the names, sequences take this many event types and accounts in turn. Without it, all have one type and one account. */
  readonly mixed?: { readonly types: number; readonly accounts: number };
}

/** Rounds up, so that each of a hundred names gets the same number of events. */
export function wholeEvents(events: number): number {
  return Math.max(100, Math.ceil(events / 100) * 100);
}

/** The event name with this number. */
export function eventNameOf(name: number): string {
  return `bench.${nameHead}${digits(name, nameDigits)}`;
}

/** A pattern with a wildcard that matches the event name with this number. */
export function patternOf(name: number): string {
  return `bench.*.n${digits(name, nameDigits)}`;
}

function nameNumberOf(sequence: number, { first, count }: Names): number {
  return first + (sequence % count);
}

/** Becomes the sequence and the time of the event. Each event has one. */
export const mark = `${sequenceMark}${timeMark.slice(1)}`;
const changes = [mark, '1001', '1002', 'i-2ze0v4f8n2kq3s5d7g9h', 'cn-hangzhou-b', 'running', 'stopped'];

/** The body of one ETC event. */
export const etcBody = etcBodyOf('state');
/** A request with one ETC event whose type and account change with its sequence. */
export const mixedEtc = { headers: { HTTP_BK_SUPPLIER_ACCOUNT: accountMark }, body: etcBodyOf(typeMark) };

function etcBodyOf(type: string): string {
  return JSON.stringify({
    event_source: 'bench',
    event_topic: 'instances',
    event_type: type,
    event_status: '1',
    event_key: eventNameOf(0),
    changes,
  });
}

/** The body of a list for the event bus. */
export function listBody(length: number): string {
  const event = {
    source: 'bench',
    type: nameMark,
    id: `bench-${sequenceMark}`,
    time: 1_700_000_000_000,
    subject: 'acs:ecs:cn-hangzhou:123456789098:instance/i-2ze0v4f8n2kq3s5d7g9h',
    data: { mark, state: 'running', from: 'stopped', zone: 'cn-hangzhou-b', attributes: { cpu: 4, memory: 16_384 } },
  };
  return JSON.stringify({ eventBusId: 'bench', eventList: Array.from({ length }, () => event) });
}

/** The message that ingest makes from `etcBody`, and where its `data` begins. */
export const storedEtcEvent = (() => {
  const id = '00000000-0000-4000-8000-000000000000';
  const head =
    `{"specversion":"1.0","id":"${id}","source":"bench","type":"state","time":"2026-01-01T00:00:00.000Z",` +
    `"datacontenttype":"application/json","accountid":"0","data":`;
  const data = `${etcBody.slice(0, -1)},"request_id":"${id}"}`;
  return { text: `${head}${data}}`, dataAt: head.length, data };
})();

/** Makes copies of one text, each with digits of its own. */
export function createStamp(text: string) {
  const template = Buffer.from(text, 'latin1');
  const sequenceAt = placesOf(template, sequenceMark, 1);
  const timeAt = placesOf(template, timeMark, 1);
  const nameAt = placesOf(template, nameMark, nameHead.length);
  const typeAt = placesOf(template, typeMark, typeHead.length);
  const accountAt = placesOf(template, accountMark, accountHead.length);
  // Each event has one time. An event of a list has its sequence twice, because its id has it, too.
  const marksEach = sequenceAt.length / timeAt.length;

  /** @returns the bytes of events `sequence`, `sequence + 1` … as many as the text holds */
  return (sequence: number, timeUs: number, names: Names): Buffer => {
    const bytes = Buffer.from(template);
    sequenceAt.forEach((at, place) => write(bytes, at, sequenceDigits, sequence + Math.floor(place / marksEach)));
    for (const at of timeAt) write(bytes, at, timeDigits, timeUs);
    nameAt.forEach((at, place) => write(bytes, at, nameDigits, nameNumberOf(sequence + place, names)));
    const { types = 1, accounts = 1 } = names.mixed ?? {};
    for (const at of typeAt) write(bytes, at, kindDigits, sequence % types);
    for (const at of accountAt) write(bytes, at, kindDigits, sequence % accounts);
    return bytes;
  };
}

/** @returns the first mark */
export function readMark(bytes: Buffer): Mark | undefined {
  return marksIn(bytes).next().value;
}

export interface Mark {
  readonly sequence: number;
  readonly timeUs: number;
}

/** The marks with a time, which are one per event: the mark in a list event's id has no time. */
export function* marksIn(bytes: Buffer): Generator<Mark, undefined> {
  for (let at = bytes.indexOf(hash); at !== -1; at = bytes.indexOf(hash, at + 1)) {
    const timeAt = at + 1 + sequenceDigits;
    const isWhole = bytes[timeAt] === at64 && isDigit(bytes[timeAt + 1]);
    if (isWhole) yield { sequence: read(bytes, at + 1, sequenceDigits), timeUs: read(bytes, timeAt + 1, timeDigits) };
  }
  return undefined;
}

const hash = 0x23;
const at64 = 0x40;
const zero = 0x30;

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= zero && code <= zero + 9;
}

function placesOf(bytes: Buffer, text: string, offset: number): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) places.push(at + offset);
  return places;
}

function write(bytes: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let place = at + width - 1; place >= at; place -= 1) {
    bytes[place] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function read(bytes: Buffer, at: number, width: number): number {
  let value = 0;
  for (let place = at; place < at + width; place += 1) value = value * 10 + ((bytes[place] ?? zero) - zero);
  return value;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
