import { createNearest } from '@callbus/openapi/nearest';
import { Router, type ErrorRequestHandler, type Request } from 'express';
import { basePath, routes, version, type Handles } from '../api/routes.js';
import type { Route } from '../api/route.js';
import type { Serve } from './endpoint.js';
import { languageOf, sendEnvelope } from './envelope.js';
import { Fault } from './errors.js';

const anyVersion = '/api/:version/event';

/** The router of the API: the operations of bk-cmdb and our extensions. */
export function createApi(serve: Serve, handles: Handles): Router {
  const api = Router();
  const table = Object.entries(routes) as [keyof Handles, Route][];
  const nearest = createNearest(table.map(([, { method, path }]) => ({ method, path: basePath + path })));
  const unknownRoute = ({ method, baseUrl, path }: Request): Fault => {
    const route = nearest(method, baseUrl + path);
    const reason = route === undefined ? '' : { en: `, the nearest is ${route}`, 'zh-cn': `，最接近的是 ${route}` };
    return new Fault('unknownRoute', { reason });
  };

  api.use(anyVersion, (request, response, next) => {
    if (request.params['version'] === version) next();
    else sendEnvelope(response, unknownRoute(request), languageOf(request));
  });
  for (const [name, route] of table) api[route.method](anyVersion + route.path, serve(route, handles[name]));
  api.use(anyVersion, (request, response) => {
    sendEnvelope(response, unknownRoute(request), languageOf(request));
  });
  api.use(answerUnreadablePath);
  return api;
}

/** Answers the only error that occurs before an endpoint: a path with invalid percent-encoding. */
const answerUnreadablePath: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (error instanceof URIError) sendEnvelope(response, new Fault('unknownRoute'), languageOf(request));
  else next(error);
};
