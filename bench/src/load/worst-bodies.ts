/**
 * The largest body that a route reads, in a shape that makes one kind of work as expensive as possible: parsing, scanning,
 * checking or encoding.
 */
export interface WorstBody {
  /** The name of the route. */
  readonly route: string;
  readonly shape: string;
  readonly service: 'ingest' | 'subscription';
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes the body on demand, because all bodies together would take a gigabyte. */
  readonly body: () => string;
  /**
   * The JSON texts to parse where the body alone is not one: JSON that the body holds as text, or text that becomes JSON.
   */
  readonly parsed?: (body: string) => readonly string[];
}

const json = { 'Content-Type': 'application/json' };
const batch = { 'Content-Type': 'application/cloudevents-batch+json' };
const structured = { 'Content-Type': 'application/cloudevents+json' };

/** Just below the limits of an event, a list and a body. */
const eventBytes = 260_000;
const bodyBytes = 5_200_000;
const eventsOfLargest = 20;
const values = 49_000;
/** The number of names and numbers that fit into an event. */
const valuesOfOne = 12_000;
const deepest = 990;

const repeated = (count: number, text: string) => Array<string>(count).fill(text).join();
const list = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index)).join();
const members = (count: number, nameOf: (index: number) => string) => list(count, (index) => `"${nameOf(index)}":1`);

/** Just above the middle of two doubles. Only the last digit decides, so no number takes longer to parse. */
const halfWay = '1.00000000000000011102230246251565404236316680908203125';
const numberOf = (digits: number) => `${halfWay.padEnd(digits - 1, '0')}1`;

/** Members of an object, for a number of bytes and of values. */
const shapes: Readonly<Record<string, (bytes: number, most: number) => string>> = {
  'one text': (bytes) => `"a":"${'x'.repeat(bytes)}"`,
  'escaped quotes': (bytes) => `"a":"${'\\"'.repeat(bytes / 2)}"`,
  'escaped letters': (bytes) => `"a":"${'\\u0061'.repeat(bytes / 6)}"`,
  'Chinese text': (bytes) => `"a":"${'中'.repeat(bytes / 3)}"`,
  blanks: (bytes) => `${' '.repeat(bytes / 2)}"a"${' '.repeat(bytes / 2)}:1`,
  'a long number': (bytes) => `"a":${'1'.repeat(bytes)}`,
  'long numbers': (bytes, most) => `"a":[${repeated(most, numberOf(Math.floor(bytes / most) - 1))}]`,
  'short numbers': (_, most) => `"a":[${repeated(most, '1')}]`,
  'long names': (bytes, most) => members(most, (index) => `${index}`.padEnd(Math.floor(bytes / most) - 6, 'k')),
  'escaped names': (bytes, most) =>
    members(most, (index) => '\\u006b'.repeat(Math.floor((bytes / most - 20) / 6)) + String(index)),
  'names that are numbers': (_, most) => members(most, (index) => `${index * 80_021}`),
  'one name': (_, most) => members(most, () => '__proto__'),
  'objects of other names': (_, most) =>
    `"a":[${list(Math.floor(most / 5), (index) => `{"a${index}":1,"b${index}":1,"c${index}":1,"d${index}":1}`)}]`,
  'deep lists': (_, most) =>
    `"a":[${repeated(Math.floor(most / deepest), '['.repeat(deepest) + '1' + ']'.repeat(deepest))}]`,
};

const mostExpensive = new Set(['escaped quotes', 'long numbers', 'long names']);

const ofShapes = <T>(of: (shape: string, membersOf: (bytes: number, most: number) => string) => T): T[] =>
  Object.entries(shapes).map(([shape, membersOf]) => of(shape, membersOf));

function publishBodies(): WorstBody[] {
  const of = (
    route: string,
    shape: string,
    more: Omit<WorstBody, 'route' | 'shape' | 'service' | 'method'>,
  ): WorstBody => ({
    route,
    shape,
    service: 'ingest',
    method: 'POST',
    ...more,
  });
  const etc = { path: '/api/publish', headers: json };
  const bus = { path: '/v1/event-bus/recv', headers: json };
  const ofLargest = (membersOf: (bytes: number, most: number) => string) =>
    `{${membersOf(eventBytes, values / eventsOfLargest - 50)}}`;
  const busEvents = (data: string) =>
    `{"eventBusId":"b","eventList":[${list(eventsOfLargest, () => `{"source":"s","type":"t","data":${data}}`)}]}`;
  const cloudEvent = (more: string) => `{"specversion":"1.0","id":"ID","source":"s","type":"t",${more}}`;
  const attributes = (count: number, value: string) => list(count, (index) => `"x${index}":${value}`);

  return [
    ...ofShapes((shape, membersOf) =>
      of('ETC', shape, {
        ...etc,
        body: () =>
          `{"event_source":"s","event_topic":"t","event_type":"y","event_status":"1","changes":[{${membersOf(eventBytes - 200, valuesOfOne)}}]}`,
      }),
    ),
    ...ofShapes((shape, membersOf) => of('event bus', shape, { ...bus, body: () => busEvents(ofLargest(membersOf)) })),
    ...ofShapes((shape, membersOf) => {
      const data = () => `{${membersOf(eventBytes / 2, values / eventsOfLargest - 50)}}`;
      return of('event bus, data as text', shape, {
        ...bus,
        body: () => busEvents(JSON.stringify(data())),
        parsed: (body) => [body, ...Array<string>(eventsOfLargest).fill(data())],
      });
    }),
    of('event bus', 'unknown members of the envelope', {
      ...bus,
      body: () =>
        `{"eventBusId":"b",${shapes['long names']?.(bodyBytes, values)},"eventList":[{"source":"s","type":"t"}]}`,
    }),
    of('event bus', 'unknown members of events', {
      ...bus,
      body: () =>
        `{"eventBusId":"b","eventList":[${list(eventsOfLargest, () => `{"source":"s","type":"t",${shapes['long names']?.(eventBytes, values / eventsOfLargest - 50)}}`)}]}`,
    }),
    of('event bus', 'long fields', {
      ...bus,
      body: () =>
        `{"eventBusId":"b","eventList":[${list(100, () => `{"source":"s","type":"t",${repeated(1, ['subject', 'resourceType', 'level', 'eventBusName', 'eventSourceAlias', 'eventAlias', 'eventAliasEn', 'region'].map((name) => `"${name}":"${'中'.repeat(1_365)}"`).join())}}`)}]}`,
    }),
    ...ofShapes((shape, membersOf) =>
      of('CloudEvents, batch', shape, {
        path: '/cloudevents',
        headers: batch,
        body: () => `[${list(eventsOfLargest, () => cloudEvent(`"data":${ofLargest(membersOf)}`))}]`,
      }),
    ),
    ...(
      [
        ['short attributes', 100, attributes(95, '1')],
        ['long attributes', eventsOfLargest, attributes(62, `"${'x'.repeat(4_000)}"`)],
        ['long attributes in Chinese', eventsOfLargest, attributes(62, `"${'中'.repeat(1_333)}"`)],
        ['base64', eventsOfLargest, `"data_base64":"${'AAAA'.repeat(eventBytes / 4)}"`],
        ['too many attributes', 1, attributes(22_000, '1')],
      ] as const
    ).map(([shape, events, more]) =>
      of('CloudEvents, batch', shape, {
        path: '/cloudevents',
        headers: batch,
        body: () => `[${list(events, () => cloudEvent(more))}]`,
      }),
    ),
    ...ofShapes((shape, membersOf) =>
      of('CloudEvents, structured', shape, {
        path: '/cloudevents',
        headers: structured,
        body: () => cloudEvent(`"data":{${membersOf(eventBytes - 200, valuesOfOne)}}`),
      }),
    ),
    of('CloudEvents, binary', 'many long headers', {
      path: '/cloudevents',
      headers: {
        ...json,
        'ce-specversion': '1.0',
        'ce-id': 'ID',
        'ce-source': 's',
        'ce-type': 't',
        ...Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`ce-x${index}`, '%41'.repeat(50)])),
      },
      body: () => `{${shapes['short numbers']?.(eventBytes, values)}}`,
    }),
    of('CloudEvents, binary', 'text', {
      path: '/cloudevents',
      headers: {
        'Content-Type': 'text/plain',
        'ce-specversion': '1.0',
        'ce-id': 'ID',
        'ce-source': 's',
        'ce-type': 't',
      },
      body: () => '"'.repeat(eventBytes),
      parsed: (body) => [JSON.stringify(body)],
    }),
  ];
}

const names = (count: number, length: number) => list(count, (index) => `${index}.`.padEnd(length, 'x'));
const pattern = `.*.#.*.#.*.#.*.#.${'*.'.repeat(20)}x`;

/** Fields of a subscription that are costly to check. */
const definitions: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
  'a thousand long names': () => ({ subscription_form: names(1_000, 1_023) }),
  'too many names': () => ({ subscription_form: names(9_000, 110) }),
  'a million names': () => ({ subscription_form: names(700_000, 0) }),
  'names with blanks': () => ({ subscription_form: ' x'.repeat(500_000) }),
  'commas alone': () => ({ subscription_form: ','.repeat(bodyBytes) }),
  patterns: () => ({ subscription_form: names(60, 0).replaceAll('.', pattern) }),
  'a header each': () => ({
    headers: Object.fromEntries(Array.from({ length: values }, (_, index) => [`x${index}`, 'y'])),
  }),
  'a long secret': () => ({ secret: `whsec_${'='.repeat(bodyBytes)}x` }),
  'a long name': () => ({ subscription_name: 'x'.repeat(bodyBytes) }),
  'a name of blanks': () => ({ subscription_name: ' '.repeat(bodyBytes) }),
  'repetitions to confirm by': () => ({ confirm_mode: 'regular', confirm_pattern: 'a{1000}'.repeat(290) }),
  'classes to confirm by': () => ({ confirm_mode: 'regular', confirm_pattern: '\\pL{9}'.repeat(290) }),
};

function subscriptionBodies(subscription: number): WorstBody[] {
  const of = (
    route: string,
    shape: string,
    body: () => string,
    { method = 'POST', path }: { method?: WorstBody['method']; path: string },
  ): WorstBody => ({ route, shape, service: 'subscription', method, path, headers: json, body });
  const one = `/api/v3/event/subscribe/0/2/${subscription}`;
  const receiver = { callback_url: 'http://127.0.0.1:1/' };
  const least = { subscription_name: 'ID', ...receiver, confirm_mode: 'httpstatus', subscription_form: 'x' };
  /** `needed`: required members, without which the others would not be checked. */
  const routes = {
    create: { path: '/api/v3/event/subscribe/0/2', needed: least },
    update: { method: 'PUT', path: one, needed: least },
    search: { path: '/api/v3/event/subscribe/search/nobody/2', needed: {} },
    ping: { path: '/api/v3/event/subscribe/ping', needed: receiver },
    telnet: { path: '/api/v3/event/subscribe/telnet', needed: receiver },
    'rotate a secret': { path: `${one}/secret/rotate`, needed: {} },
    'replay undelivered': { path: `${one}/undelivered/replay`, needed: { all: true } },
    'delete undelivered': { method: 'DELETE', path: `${one}/undelivered`, needed: { all: true } },
    dispatch: { path: '/api/v3/event/undelivered/nobody/dispatch', needed: { reason: 'poison' } },
  } as const;
  const withMembers = (needed: object, more: string) => {
    const members = JSON.stringify(needed).slice(1, -1);
    return members === '' ? `{${more}}` : `{${members},${more}}`;
  };
  const condition = (name: string, value: unknown) => JSON.stringify({ condition: { [name]: value } });
  const pinged = (data: string) => `{"callback_url":"http://127.0.0.1:1/","data":${data}}`;

  return [
    // All routes read bodies alike, so routes other than search get only the most expensive shapes.
    ...Object.entries(routes).flatMap(([name, route]) =>
      ofShapes((shape, membersOf) =>
        of(name, shape, () => withMembers(route.needed, membersOf(bodyBytes, values)), route),
      ).filter(({ shape }) => name === 'search' || mostExpensive.has(shape)),
    ),
    ...(['create', 'update'] as const).flatMap((name) =>
      Object.entries(definitions).map(([shape, more]) =>
        of(name, shape, () => JSON.stringify({ ...least, ...more() }), routes[name]),
      ),
    ),
    of('search', 'fields', () => `{"fields":[${repeated(values, '"a"')}]}`, routes.search),
    of(
      'search',
      'long fields',
      () => `{"fields":[${repeated(100, `"${'x'.repeat(bodyBytes / 100)}"`)}]}`,
      routes.search,
    ),
    of(
      'search',
      'unknown members of a page',
      () => `{"page":{${members(values, (index) => `x${index}`)}}}`,
      routes.search,
    ),
    of('search', 'sort keys', () => JSON.stringify({ page: { sort: 'a,'.repeat(bodyBytes / 2) } }), routes.search),
    of('search', 'conditions', () => `{"condition":{${members(values, (index) => `x${index}`)}}}`, routes.search),
    of('search', 'a long value', () => condition('subscription_name', 'x'.repeat(bodyBytes)), routes.search),
    of(
      'search',
      'a long value in Chinese',
      () => condition('subscription_name', '中'.repeat(bodyBytes / 3)),
      routes.search,
    ),
    of('search', '$in, many', () => condition('subscription_id', { $in: Array(values).fill(1) }), routes.search),
    of(
      'search',
      '$in, long',
      () => condition('callback_url', { $in: Array(500).fill('x'.repeat(bodyBytes / 500)) }),
      routes.search,
    ),
    of('search', '$regex', () => condition('callback_url', { $regex: '(a|b)*c'.repeat(73) }), routes.search),
    ...ofShapes((shape, membersOf) =>
      of('ping', `data: ${shape}`, () => pinged(`{${membersOf(bodyBytes - 100, values)}}`), routes.ping),
    ),
    of('ping', 'data as text', () => pinged(JSON.stringify('x'.repeat(bodyBytes - 100))), routes.ping),
    ...(['replay undelivered', 'delete undelivered', 'dispatch'] as const).flatMap((name) => [
      of(name, 'ids', () => `{"ids":[${repeated(values, '1')}]}`, routes[name]),
      of(name, 'long numbers as ids', () => `{"ids":[${repeated(values, numberOf(100))}]}`, routes[name]),
    ]),
    of(
      'rotate a secret',
      'a long secret',
      () => `{"secret":"whsec_${'='.repeat(bodyBytes)}x"}`,
      routes['rotate a secret'],
    ),
  ];
}

/**
 * `ID` in a body stands for a value that differs each time.
 *
 * @param subscription of account 0, business 2, for the routes of one subscription
 */
export function worstBodies(subscription: number): readonly WorstBody[] {
  return [...publishBodies(), ...subscriptionBodies(subscription)];
}
