/** The largest that the doors take, in shapes each of which costs something else most: parsing, scanning, checking, encoding. */
export interface WorstBody {
  readonly name: string;
  readonly service: 'ingest' | 'subscription';
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

const json = 'application/json';
/** Just below what an event, a list and a body may hold. */
const eventBytes = 260_000;
const eventsOfLargest = 20;
const eventsOfList = 100;
const values = 49_000;
const attributes = 90;

const repeated = (count: number, text: string) => Array<string>(count).fill(text).join();
const members = (count: number, length = 0) =>
  Array.from({ length: count }, (_, index) => `"${`x${index}`.padEnd(length, 'k')}":1`).join();
const list = (count: number, event: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => event(index)).join();

/** What `data` may be. */
const data: Readonly<Record<string, string>> = {
  'one text': `{"a":"${'x'.repeat(eventBytes)}"}`,
  'escaped quotes': `{"a":"${'\\"'.repeat(eventBytes / 2)}"}`,
  'Chinese text': `{"a":"${'中'.repeat(eventBytes / 3)}"}`,
  'many long names': `{${members(values / eventsOfLargest - 50, 90)}}`,
  'many numbers': `{"a":[${repeated(values / eventsOfLargest - 50, '1.5'.padEnd(90, '0'))}]}`,
};

function publishBodies(): WorstBody[] {
  const ofData = Object.entries(data).flatMap(([name, value]): WorstBody[] => [
    {
      name: `event bus, ${name}`,
      service: 'ingest',
      path: '/v1/event-bus/recv',
      contentType: json,
      body: `{"eventBusId":"b","eventList":[${list(eventsOfLargest, () => `{"source":"s","type":"t","data":${value}}`)}]}`,
    },
    {
      name: `CloudEvents, ${name}`,
      service: 'ingest',
      path: '/cloudevents',
      contentType: 'application/cloudevents-batch+json',
      body: `[${list(eventsOfLargest, () => `{"specversion":"1.0","id":"ID","source":"s","type":"t","data":${value}}`)}]`,
    },
    {
      name: `ETC, ${name}`,
      service: 'ingest',
      path: '/api/publish',
      contentType: json,
      body: `{"event_source":"s","event_topic":"t","event_type":"y","event_status":"1","changes":[${value}]}`,
    },
  ]);
  const ofAttributes: WorstBody = {
    name: 'CloudEvents, attributes',
    service: 'ingest',
    path: '/cloudevents',
    contentType: 'application/cloudevents-batch+json',
    body: `[${list(eventsOfList, () => `{"specversion":"1.0","id":"ID","source":"s","type":"t",${members(attributes)}}`)}]`,
  };
  return [...ofData, ofAttributes];
}

function subscriptionBodies(): WorstBody[] {
  const search = '/api/v3/event/subscribe/search/worst/2';
  const replay = '/api/v3/event/subscribe/worst/2/1/undelivered/replay';
  const of = (name: string, path: string, body: string): WorstBody => ({
    name,
    service: 'subscription',
    path,
    contentType: json,
    body,
  });
  return [
    of('search, unknown members', search, `{${members(values, 90)}}`),
    of('search, unknown members of a page', search, `{"page":{${members(values)}}}`),
    of('search, fields', search, `{"fields":[${repeated(values, '"a"')}]}`),
    of('replay, ids', replay, `{"ids":[${repeated(values, '1')}]}`),
    of('create, unknown members', '/api/v3/event/subscribe/worst/2', `{${members(values, 90)}}`),
    of('create, a header each', '/api/v3/event/subscribe/worst/2', `{"headers":{${members(values)}}}`),
  ];
}

export const worstBodies: readonly WorstBody[] = [...publishBodies(), ...subscriptionBodies()];
