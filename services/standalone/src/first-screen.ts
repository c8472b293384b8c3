import { curlLines } from './demo/curl-lines.js';
import { sampleReceiverPath } from './demo/sample-receiver.js';

/** What a person sees when the bus is ready. @param notes what is embedded, and how to replace it */
export function firstScreen(url: string, notes: readonly string[]): string {
  return [
    `Callbus is ready on ${url}`,
    '',
    `  docs             ${url}/docs`,
    `  API              ${url}/openapi.json`,
    `  sample receiver  ${url}${sampleReceiverPath}`,
    '',
    ...notes.map((note) => `  ${note}`),
    '',
    'Try it, in another terminal:',
    '',
    ...curlLines(url).map((line) => `  ${line}`),
    '',
    '',
  ].join('\n');
}
