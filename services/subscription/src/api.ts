import { Router, type ErrorRequestHandler, type RequestHandler } from 'express';
import type { Endpoint } from './endpoint.js';
import { languageOf, sendEnvelope } from './envelope.js';
import { fault } from './errors.js';

export interface Endpoints {
  readonly create: Endpoint;
  readonly update: Endpoint;
  readonly delete: Endpoint;
  readonly search: Endpoint;
  readonly ping: Endpoint;
  readonly telnet: Endpoint;
}

/** The paths of contract 4. */
export function createApi(serve: (endpoint: Endpoint) => RequestHandler, endpoints: Endpoints): Router {
  const api = Router();
  const event = '/api/:version/event';
  api.post(`${event}/subscribe/ping`, serve(endpoints.ping));
  api.post(`${event}/subscribe/telnet`, serve(endpoints.telnet));
  api.post(`${event}/subscribe/search/:account/:biz`, serve(endpoints.search));
  api.post(`${event}/subscribe/:account/:biz`, serve(endpoints.create));
  api.put(`${event}/subscribe/:account/:biz/:id`, serve(endpoints.update));
  api.delete(`${event}/subscribe/:account/:biz/:id`, serve(endpoints.delete));
  api.use(event, (request, response) => {
    sendEnvelope(response, fault('unknownRoute'), languageOf(request.headers));
  });
  api.use(answerUnreadablePath);
  return api;
}

/** The one error that comes before an endpoint: a path that is not percent-encoded as it should be. */
const answerUnreadablePath: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (error instanceof URIError) sendEnvelope(response, fault('unknownRoute'), languageOf(request.headers));
  else next(error);
};
