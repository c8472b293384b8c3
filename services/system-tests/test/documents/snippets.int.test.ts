import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatSecret, signatureOf } from '@callbus/callback/signing/sign';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDoor, type Door } from '../support/door.js';
import { openApis, type OpenApis } from '../support/open-apis.js';

const run = promisify(execFile);
const limitMs = 120_000;

interface Language {
  /** Asks for the version. */
  readonly version: readonly [program: string, argument: string];
  /** The name of the file of a snippet, without its folder. */
  readonly file: (document: Document) => string;
  /** What calls the snippet with the arguments of the program. */
  readonly caller: { readonly file: string } & Readonly<Record<Document, string>>;
  readonly more?: Readonly<Record<string, string>>;
  /** Compiles. */
  readonly prepare?: readonly string[];
  readonly start: readonly [program: string, ...rest: string[]];
}
type Document = 'publishing' | 'verifying';

const languages: Readonly<Record<'python' | 'go' | 'java', Language>> = {
  python: {
    version: ['python3', '--version'],
    file: () => 'snippet.py',
    caller: {
      file: 'main.py',
      publishing: 'import json, sys\nfrom snippet import publish\npublish(json.loads(sys.argv[1]), 4)\n',
      verifying: `import base64, sys
from snippet import is_from_callbus
secret, id, timestamp, signature, body = sys.argv[1:]
headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
print(str(is_from_callbus(secret, headers, base64.b64decode(body))).lower())
`,
    },
    start: ['python3', 'main.py'],
  },
  go: {
    version: ['go', 'version'],
    file: () => 'callbus/snippet.go',
    caller: {
      file: 'main.go',
      publishing: `package main
import ("os"; "snippets/callbus")
func main() { if err := callbus.Publish([]byte(os.Args[1]), 4); err != nil { println(err.Error()); os.Exit(1) } }
`,
      verifying: `package main
import ("encoding/base64"; "fmt"; "net/http"; "os"; "snippets/callbus")
func main() {
	header := http.Header{}
	header.Set("webhook-id", os.Args[2]); header.Set("webhook-timestamp", os.Args[3]); header.Set("webhook-signature", os.Args[4])
	body, _ := base64.StdEncoding.DecodeString(os.Args[5])
	fmt.Println(callbus.IsFromCallbus(os.Args[1], header, body))
}
`,
    },
    more: { 'go.mod': 'module snippets\n\ngo 1.19\n' },
    prepare: ['go', 'build', '-o', 'main', '.'],
    start: ['./main'],
  },
  java: {
    version: ['javac', '-version'],
    file: (document) => (document === 'publishing' ? 'CallbusPublisher.java' : 'CallbusSignature.java'),
    caller: {
      file: 'Main.java',
      publishing:
        'class Main { public static void main(String[] a) throws Exception { CallbusPublisher.publish(a[0], 4); } }\n',
      verifying: `class Main {
  public static void main(String[] a) throws Exception {
    byte[] body = java.util.Base64.getDecoder().decode(a[4]);
    System.out.println(CallbusSignature.isFromCallbus(a[0], a[1], a[2], a[3], body));
  }
}
`,
    },
    prepare: ['javac', '-d', '.', 'Main.java', '-sourcepath', '.'],
    start: ['java', '-Xshare:auto', '-cp', '.', 'Main'],
  },
};

let apis: OpenApis;
let door: Door;
const closes: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  apis = await openApis();
  door = await openDoor(apis.url);
  closes.push(() => door.close());
});
afterAll(async () => {
  for (const close of closes) await close();
  await apis.close();
});

/** Writes and compiles the snippet of a document. @returns runs it */
async function prepare(name: keyof typeof languages, document: Document) {
  const { file, caller, more = {}, prepare: compile, start } = languages[name];
  const text = await readFile(new URL(`../../../../docs/${document}.md`, import.meta.url), 'utf8');
  const snippet = new RegExp(`\`\`\`${name}\n(.*?)\`\`\``, 's').exec(text)?.[1] ?? '';
  expect(snippet).not.toBe('');
  const cwd = await mkdtemp(join(tmpdir(), 'callbus-snippet-'));
  closes.push(() => rm(cwd, { recursive: true }));
  await mkdir(join(cwd, 'callbus'));
  const files = { [file(document)]: snippet, [caller.file]: caller[document], ...more };
  for (const [path, content] of Object.entries(files)) await writeFile(join(cwd, path), content);
  const env = { ...process.env, BUS: door.url };
  const [compiler, ...options] = compile ?? [];
  if (compiler !== undefined) await run(compiler, options, { cwd, env });
  const [program, ...rest] = start;
  return async (...args: string[]) => (await run(program, [...rest, ...args], { cwd, env })).stdout.trim();
}

describe.each(Object.keys(languages) as (keyof typeof languages)[])('%s', (name) => {
  const [program, argument] = languages[name].version;
  const isHere = spawnSync(program, [argument]).status === 0;
  const testHere = isHere ? test : test.skip;
  const title = (text: string) => (isHere ? text : `${text} (skipped: this machine has no ${program})`);

  testHere(
    title('the code of docs/publishing.md repeats an event under its id, and fails when it is refused'),
    async () => {
      const publish = await prepare(name, 'publishing');
      door.requests.length = 0;
      door.answerNext((response) => response.destroy());
      door.answerNext((response) => response.writeHead(503, { 'retry-after': '1' }).end());
      const event = { specversion: '1.0', id: name, source: 'snippets', type: 'é', data: { a: 'ü' } };
      await publish(JSON.stringify(event));
      expect(door.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([event, event, event]);
      await expect(publish(JSON.stringify({ ...event, source: '' }))).rejects.toMatchObject({
        stderr: expect.stringContaining('400: {"requestId"'),
      });
      expect(door.requests).toHaveLength(4);
    },
    limitMs,
  );

  testHere(
    title('the code of docs/verifying.md accepts our signatures and no others'),
    async () => {
      const verify = await prepare(name, 'verifying');
      const [secret, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
      const body = Buffer.from('{"a":"ä"}');
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const old = String(Number(timestamp) - 1_000);
      const signed = (time: string) => signatureOf({ id: 'evt_1', timestamp: time, body, secrets: [other, secret] });
      const [text, given] = [formatSecret(secret), body.toString('base64')];
      expect(await verify(text, 'evt_1', timestamp, signed(timestamp), given)).toBe('true');
      expect(await verify(text, 'evt_1', old, signed(old), given)).toBe('false');
      expect(await verify(text, 'evt_2', timestamp, signed(timestamp), given)).toBe('false');
      expect(await verify(text, 'evt_1', timestamp, signed(timestamp), Buffer.from('{}').toString('base64'))).toBe(
        'false',
      );
      expect(await verify(formatSecret(Buffer.alloc(32, 3)), 'evt_1', timestamp, signed(timestamp), given)).toBe(
        'false',
      );
    },
    limitMs,
  );
});
