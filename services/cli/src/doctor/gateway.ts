import { short } from '../output/table.js';
import { clockFinding, connectionFinding, fault, fine, type Finding } from './finding.js';

const timeoutMs = 5_000;

/** Looks at the bus as a client does. */
export async function checkGateway(url: string): Promise<Finding[]> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(timeoutMs) });
    text = await answer.text();
  } catch (error) {
    return [connectionFinding('gateway', '--url or CALLBUS_URL', error)];
  }
  const date = Date.parse(answer.headers.get('date') ?? '');
  const readiness = answer.ok
    ? fine('gateway', `${url} is ready`)
    : fault('gateway', `${url} is not ready (${answer.status} ${short(text)})`, 'look at the parts that are false');
  return [readiness, ...(Number.isNaN(date) ? [] : [clockFinding('gateway', date)])];
}
