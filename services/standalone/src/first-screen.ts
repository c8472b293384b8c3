import { curlLines, type Auth } from './demo/curl-lines.js';
import { sampleReceiverPath } from './demo/sample-receiver.js';

const invitations: Readonly<Record<Auth, string>> = {
  none: 'Try it, in another terminal:',
  keys: 'Try it, in another terminal. KEY is a key of account 0 with the roles manage and publish (npm run key -- --help):',
  gateway: 'Try it, in another terminal. GATEWAY_TOKEN is the token of this start:',
};

/**
 * What a person sees when the bus is ready.
 *
 * @param notes what is embedded, and how to replace it
 * @param auth how the examples authenticate
 */
export function firstScreen(url: string, notes: readonly string[], auth: Auth): string {
  return [
    `Callbus is ready on ${url}`,
    '',
    `  docs             ${url}/docs`,
    `  API              ${url}/openapi.json`,
    `  sample receiver  ${url}${sampleReceiverPath}`,
    '',
    ...notes.map((note) => `  ${note}`),
    '',
    invitations[auth],
    '',
    ...curlLines(url, auth).map((line) => `  ${line}`),
    '',
    '',
  ].join('\n');
}
