import type { Request } from 'express';

/** Called when a request has ended. */
export type ObserveRequest = (ended: {
  /** `other` for a method that no route serves. */
  readonly method: string;
  /** The template, such as `/api/:version/event/subscribe/:account/:biz`; `unmatched` when no route matches. */
  readonly route: string;
  /** 499: the client disconnected before the answer. */
  readonly status: number;
  readonly durationMs: number;
}) => void;

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Limits the number of metric labels: callers choose the method, and node accepts dozens. */
export function methodLabelOf(method: string | undefined): string {
  return method !== undefined && methods.has(method) ? method : 'other';
}

/** The template of the route that serves the request, never the path, of which callers can send any number. */
export function routeLabelOf(request: Request): string {
  const route: unknown = request.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  const templates: readonly unknown[] = Array.isArray(path) ? path : [path];
  const template = templates.find((each) => each === request.path) ?? templates[0];
  if (typeof template !== 'string') return 'unmatched';
  // Routes match in any letter case, and `baseUrl` is spelled as the caller wrote it.
  return `${request.baseUrl.toLowerCase()}${template === '/' && request.baseUrl !== '' ? '' : template}`;
}
