import { answerOf, CallbusError } from '@callbus/client';
import Joi from 'joi';
import { short } from '../output/table.js';
import type { Context } from '../program/run.js';
import { clockFinding, connectionFinding, fault, fine, unchecked, type Finding } from './finding.js';

const timeoutMs = 5_000;

/** Looks at the bus as a client does. */
export async function checkGateway(context: Pick<Context, 'settings' | 'client' | 'account'>): Promise<Finding[]> {
  const { url } = context.settings;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
    text = await answer.text();
  } catch (error) {
    return [connectionFinding('gateway', '--url or CALLBUS_URL', error)];
  }
  if (answer.status < 500 && !isOfBus(answer, text))
    return [
      fault(
        'gateway',
        `another program answers at ${url} (${answer.status} ${short(text)})`,
        'correct --url or CALLBUS_URL; if a gateway hides /readyz, give the address of the bus behind it',
      ),
    ];
  const date = Date.parse(answer.headers.get('date') ?? '');
  const readiness = answer.ok
    ? fine('gateway', `${url} is ready`)
    : fault('gateway', `${url} is not ready (${answer.status} ${short(text)})`, 'look at the parts that are false');
  return [
    readiness,
    ...(Number.isNaN(date) ? [] : [clockFinding('gateway', date)]),
    ...(answer.ok ? [await checkKey(context)] : []),
  ];
}

const readiness = Joi.object({ status: Joi.string().required() }).unknown().required();

/** Every answer of the bus has a request id. */
function isOfBus(answer: Response, text: string): boolean {
  try {
    Joi.assert(JSON.parse(text), readiness);
    return answer.headers.has('x-request-id');
  } catch {
    return false;
  }
}

/** Asks for the trace of an event that does not exist, which every role but `publish` and `admin` may. */
async function checkKey({ settings, client, account }: Parameters<typeof checkGateway>[0]): Promise<Finding> {
  const path = { account, event: 'doctor' };
  try {
    await answerOf(client.api.GET('/api/v3/event/trace/{account}/{event}', { params: { path } }));
  } catch (error) {
    if (!(error instanceof CallbusError)) throw error;
    const refusal = refusalOf(error, settings.key !== undefined, account);
    if (refusal !== undefined) return refusal;
  }
  return fine('key', settings.key === undefined ? 'the bus needs none' : `it is valid for account ${account}`);
}

/** @returns undefined when the key is good, and only the event is unknown */
function refusalOf({ status, message }: CallbusError, hasKey: boolean, account: string): Finding | undefined {
  switch (status) {
    case 404:
      return undefined;
    case 401:
      return hasKey
        ? fault(
            'key',
            'the bus does not know it: it is wrong, revoked or expired',
            'correct CALLBUS_KEY or the profile',
          )
        : fault('key', 'the bus needs one, and none is given', 'set CALLBUS_KEY, or callbus profiles set NAME --key');
    case 403:
      return unchecked(
        'key',
        `the bus knows it, but it cannot look at account ${account}`,
        'if it is not a key that only publishes, give its account by --account, or take a key with the role manage, operate or look',
      );
    default:
      return unchecked('key', `the bus cannot say whether it is valid (${short(message)})`, 'try again later');
  }
}
