import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

const directives = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };
const helmets = helmet({ contentSecurityPolicy: { useDefaults: false, directives }, frameguard: { action: 'deny' } });

/**
 * The headers of every answer. No answer is a web page: browsers must not run, frame or store it. helmet sets the same
 * headers for every request, so it runs only once.
 */
export const safeHeaders: Map<string, string> = readSafeHeaders();

function readSafeHeaders(): Map<string, string> {
  const headers = new Map([['Cache-Control', 'no-store']]);
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.setHeader = (name, value) => {
    headers.set(name, String(value));
    return response;
  };
  helmets(response.req, response, (error) => {
    if (error !== undefined) throw new Error('helmet fails', { cause: error });
  });
  return headers;
}
