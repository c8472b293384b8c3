import type { Request } from 'express';

/** Called when a request has ended. */
export type ObserveRequest = (ended: {
  /** `other` for a method that no route takes. */
  readonly method: string;
  /** The template, such as `/api/:version/event/subscribe/:account/:biz`; `unmatched` without one. */
  readonly route: string;
  /** 499: the client disconnected before it was answered. */
  readonly status: number;
  readonly durationMs: number;
}) => void;

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Limits the number of labels: callers choose the method, and node accepts dozens. */
export function methodLabelOf(method: string | undefined): string {
  return method !== undefined && methods.has(method) ? method : 'other';
}

/** The template of the route that took the request, never the path: callers choose as many paths as they like. */
export function routeLabelOf(request: Request): string {
  const route: unknown = request.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  const templates: readonly unknown[] = Array.isArray(path) ? path : [path];
  const template = templates.find((each) => each === request.path) ?? templates[0];
  if (typeof template !== 'string') return 'unmatched';
  // Routes match case-insensitively, and Express gives the mount path as the caller wrote it.
  return `${request.baseUrl.toLowerCase()}${template === '/' && request.baseUrl !== '' ? '' : template}`;
}
