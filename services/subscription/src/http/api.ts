import { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Endpoint } from './endpoint.js';
import { languageOf, sendEnvelope } from './envelope.js';
import { Fault } from './errors.js';

export interface Endpoints {
  readonly create: Endpoint;
  readonly find: Endpoint;
  readonly replace: Endpoint;
  readonly patch: Endpoint;
  readonly delete: Endpoint;
  readonly search: Endpoint;
  readonly ping: Endpoint;
  readonly telnet: Endpoint;
  readonly attempts: Endpoint;
  readonly listUndelivered: Endpoint;
  readonly deleteUndelivered: Endpoint;
  readonly listUnattributed: Endpoint;
  readonly dispatchUnattributed: Endpoint;
  readonly startReplay: Endpoint;
  readonly findReplay: Endpoint;
  readonly cancelReplay: Endpoint;
  readonly rotateSecret: Endpoint;
  readonly trace: Endpoint;
  readonly queues: Endpoint;
  readonly overview: Endpoint;
}

/** The routes of contract 4 and our extensions. */
export function createApi(serve: (endpoint: Endpoint) => RequestHandler, endpoints: Endpoints): Router {
  const api = Router();
  const event = '/api/:version/event';
  api.post(`${event}/subscribe/ping`, serve(endpoints.ping));
  api.post(`${event}/subscribe/telnet`, serve(endpoints.telnet));
  api.post(`${event}/subscribe/search/:account/:biz`, serve(endpoints.search));
  api.post(`${event}/subscribe/:account/:biz`, serve(endpoints.create));
  const one = `${event}/subscribe/:account/:biz/:id`;
  api.get(one, serve(endpoints.find));
  api.put(one, serve(endpoints.replace));
  api.patch(one, serve(endpoints.patch));
  api.delete(one, serve(endpoints.delete));
  api.get(`${one}/attempts`, serve(endpoints.attempts));
  api.get(`${one}/undelivered`, serve(endpoints.listUndelivered));
  api.delete(`${one}/undelivered`, serve(endpoints.deleteUndelivered));
  api.post(`${one}/undelivered/replay`, serve(endpoints.startReplay));
  api.get(`${one}/undelivered/replay/:job`, serve(endpoints.findReplay));
  api.delete(`${one}/undelivered/replay/:job`, serve(endpoints.cancelReplay));
  api.post(`${one}/secret/rotate`, serve(endpoints.rotateSecret));
  api.get(`${event}/undelivered/:account`, serve(endpoints.listUnattributed));
  api.post(`${event}/undelivered/:account/dispatch`, serve(endpoints.dispatchUnattributed));
  api.get(`${event}/trace/:account/:event`, serve(endpoints.trace));
  api.get(`${event}/queues`, serve(endpoints.queues));
  api.get(`${event}/overview`, serve(endpoints.overview));
  api.use(event, (request, response) => {
    sendEnvelope(response, new Fault('unknownRoute'), languageOf(request));
  });
  api.use(answerUnreadablePath);
  return api;
}

/** Answers the only error that occurs before an endpoint: a path with invalid percent-encoding. */
const answerUnreadablePath: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (error instanceof URIError) sendEnvelope(response, new Fault('unknownRoute'), languageOf(request));
  else next(error);
};
