// What receivers of callbacks use.
export { expressHandler } from './receiving/express-handler.js';
export { fastifyHandler } from './receiving/fastify-handler.js';
export { fetchHandler } from './receiving/fetch-handler.js';
export { readCallback, type Callback, type CallbackEvent } from './receiving/read-callback.js';
export type { ReceiveOptions } from './receiving/receive.js';
export { verify, type Refusal, type Verdict, type VerifyOptions } from './receiving/verify.js';
