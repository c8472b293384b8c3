/** The members of an error's body, by contract. */
const shapes = {
  etc: { request_id: 'string', code: 'string', msg: 'string' },
  events: { requestId: 'string', code: 'string', message: 'string' },
  subscriptions: { result: 'boolean', bk_error_code: 'number', bk_error_msg: 'string', data: 'null' },
  other: { message: 'string' },
};

/** @returns how the body of an error breaks the contract of its path; undefined when it does not */
export function faultOfErrorBody(path: string, text: string): string | undefined {
  const shape = shapeFor(path);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return `not JSON: ${text}`;
  }
  const found = Object.entries(Object(body) as object).map(([name, value]) => `${name}: ${typeOf(value)}`);
  const wanted = Object.entries(shape).map(([name, type]) => `${name}: ${type}`);
  return found.sort().join() === wanted.sort().join() ? undefined : `not { ${wanted.join()} }: ${text}`;
}

function shapeFor(path: string) {
  if (/^\/api\/publish\/?(\?|$)/i.test(path)) return shapes.etc;
  if (/^\/(v1(\/|\?|$)|cloudevents\/?(\?|$))/i.test(path)) return shapes.events;
  return /^\/api\/[^/]+\/event(\/|\?|$)/i.test(path) ? shapes.subscriptions : shapes.other;
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
