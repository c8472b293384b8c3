import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openReceiver, type Receiver, type ReceiverOptions } from '../src/receivers/callback-receiver.js';
import { waitFor } from '../src/wait-for.js';

describe('the callback receiver', () => {
  let receiver: Receiver;
  const open = async (options?: ReceiverOptions) => (receiver = await openReceiver(options));
  const post = (path: string, body: string) => fetch(receiver.url + path, { method: 'POST', body });
  afterEach(() => receiver.close());

  it('records the request and answers 200', async () => {
    await open();
    const before = Date.now();
    const response = await post('/hook?a=1', 'hello');

    expect({ status: response.status, body: await response.text() }).toEqual({ status: 200, body: '' });
    expect(receiver.requests).toHaveLength(1);
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/hook?a=1', body: Buffer.from('hello') });
    expect(request!.headers['content-length']).toBe('5');
    expect(request!.at).toBeGreaterThanOrEqual(before);
  });

  it('answers each request as configured', async () => {
    await open({
      answer: (_request, count) => ({ status: 500 + count, body: `no. ${count}`, headers: { 'x-a': 'b' } }),
    });
    await post('/', '');
    const response = await post('/', '');
    expect({ status: response.status, body: await response.text(), a: response.headers.get('x-a') }).toEqual({
      status: 502,
      body: 'no. 2',
      a: 'b',
    });
  });

  it('answers after a delay', async () => {
    await open({ answer: () => ({ delayMs: 50 }) });
    const start = performance.now();
    await post('/', '');
    expect(performance.now() - start).toBeGreaterThan(45);
  });

  it('trickles, and breaks the connection', async () => {
    await open({
      answer: (request, _count, response) => {
        response.write('one');
        if (request.path === '/broken') setImmediate(() => response.destroy());
        else setImmediate(() => response.end('two'));
        return undefined;
      },
    });
    await expect(post('/', '').then((response) => response.text())).resolves.toBe('onetwo');
    await expect(post('/broken', '').then((response) => response.text())).rejects.toThrow();
  });

  it('hangs until it is closed', async () => {
    await open({ answer: () => undefined });
    const hanging = post('/', '').then(
      () => 'answered',
      () => 'broken',
    );
    await waitFor(() => receiver.requests.length === 1, { what: 'the request' });
    await receiver.close();
    await expect(hanging).resolves.toBe('broken');
  });

  it('closes in spite of an idle connection and a delayed answer', async () => {
    await open({ answer: () => ({ delayMs: 60_000 }) });
    const idle = connect(Number(new URL(receiver.url).port), '127.0.0.1').on('error', () => undefined);
    void post('/', '').catch(() => undefined);
    await waitFor(() => receiver.requests.length === 1, { what: 'the request' });
    await receiver.close();
    await waitFor(() => idle.destroyed, { what: 'the idle connection to end' });
  });
});
