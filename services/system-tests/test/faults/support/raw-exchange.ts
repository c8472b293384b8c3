import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** The headers by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawConnection {
  /**
   * Writes bytes unchanged and reads one answer. Connects again when the last answer ended the connection.
   *
   * @param isLast ends the connection after the bytes, so that a server that expects more gives up
   * @returns undefined when the connection ended before the answer was complete
   */
  exchange(bytes: Buffer, options?: { isHead?: boolean; isLast?: boolean }): Promise<RawAnswer | undefined>;
  close(): void;
}

/** A client that sends any bytes, and knows just enough of HTTP to read answers. */
export function openRawConnection(port: number): RawConnection {
  let socket: Socket | undefined;

  function exchange(bytes: Buffer, { isHead = false, isLast = false } = {}): Promise<RawAnswer | undefined> {
    return new Promise((resolve) => {
      const own = (socket ??= connect({ port, host: '127.0.0.1', noDelay: true }));
      let received = Buffer.alloc(0);
      const end = (answer: RawAnswer | undefined, isOver: boolean) => {
        own.removeAllListeners();
        if (isOver || isLast) {
          own.on('error', () => undefined).destroy();
          socket = undefined;
        }
        resolve(answer);
      };
      own.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const answer = readAnswer(received, { isHead, isWhole: false });
        if (answer) end(answer, answer.headers.get('connection') === 'close');
      });
      own.on('error', () => undefined);
      own.on('close', () => end(readAnswer(received, { isHead, isWhole: true }), true));
      own.write(bytes);
      if (isLast) own.end();
    });
  }
  return { exchange, close: () => socket?.destroy() };
}

/** @returns undefined while the answer is incomplete */
function readAnswer(bytes: Buffer, { isHead, isWhole }: { isHead: boolean; isWhole: boolean }): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const rest = bytes.subarray(headEnd + 4);
  const status = Number(statusLine.split(' ')[1]);
  if (status < 200) return readAnswer(rest, { isHead, isWhole });

  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^.*?: */, '')]),
  );
  const body = isHead ? '' : readBody(rest, headers, isWhole);
  return body === undefined ? undefined : { status, headers, body };
}

function readBody(rest: Buffer, headers: ReadonlyMap<string, string>, isWhole: boolean): string | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return rest.includes('0\r\n\r\n') ? rest.toString() : undefined;
  const length = headers.get('content-length');
  if (length === undefined) return isWhole ? rest.toString() : undefined;
  return rest.length >= Number(length) ? rest.toString('utf8', 0, Number(length)) : undefined;
}
