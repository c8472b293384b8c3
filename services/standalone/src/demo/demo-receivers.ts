import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DemoReceiver {
  readonly name: string;
  readonly description: string;
  /** The confirm rule of its subscription. */
  readonly confirm: { readonly confirm_mode: string; readonly confirm_pattern?: string };
  readonly answer: (attempt: number) => { readonly status: number; readonly body: string };
  /** Attempts per event until the receiver confirms. */
  readonly attempts: number;
}

export const demoReceivers: readonly DemoReceiver[] = [
  {
    name: 'by-status',
    description: 'confirms by its status',
    confirm: { confirm_mode: 'httpstatus', confirm_pattern: '2xx' },
    answer: () => ({ status: 204, body: '' }),
    attempts: 1,
  },
  {
    name: 'by-regular-expression',
    description: 'confirms by its body, with any status',
    confirm: { confirm_mode: 'regular', confirm_pattern: '"code":\\s*0' },
    answer: () => ({ status: 500, body: '{"code": 0}' }),
    attempts: 1,
  },
  {
    name: 'fails-twice',
    description: 'answers 503 twice, then confirms',
    confirm: { confirm_mode: 'httpstatus' },
    answer: (attempt) => (attempt < 3 ? { status: 503, body: 'busy' } : { status: 200, body: 'ok' }),
    attempts: 3,
  },
];

/** Opens one HTTP server for all receivers, which have a path each. */
export async function openDemoReceivers(onCall: (name: string, attempt: number, answer: string) => void) {
  const server = createServer((request, response) => {
    const receiver = demoReceivers.find(({ name }) => request.url === `/${name}`);
    const attempt = Number(request.headers['x-callbus-attempt']);
    const { status, body } = receiver?.answer(attempt) ?? { status: 404, body: '' };
    request.resume().on('end', () => {
      onCall(request.url?.slice(1) ?? '', attempt, `${status} ${body}`.trim());
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
