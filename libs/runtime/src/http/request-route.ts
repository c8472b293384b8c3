import type { Request } from 'express';

/** Is told of every request when it has ended. */
export type ObserveRequest = (ended: {
  /** `other` for what no route of ours takes. */
  readonly method: string;
  /** The template, such as `/api/:version/event/subscribe/:account/:biz`; `unmatched` without one. */
  readonly route: string;
  /** 499: the client had gone before it was answered. */
  readonly status: number;
  readonly durationMs: number;
}) => void;

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Callers choose their methods, and there are dozens that node can read. */
export function methodLabelOf(method: string | undefined): string {
  return method !== undefined && methods.has(method) ? method : 'other';
}

/** The template of the route that took the request, never the path itself: callers choose as many paths as they like. */
export function routeLabelOf(request: Request): string {
  const route: unknown = request.route;
  const path = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  const templates: readonly unknown[] = Array.isArray(path) ? path : [path];
  const template = templates.find((each) => each === request.path) ?? templates[0];
  if (typeof template !== 'string') return 'unmatched';
  // Routes match in any case, and the mount path is told as the caller wrote it.
  return `${request.baseUrl.toLowerCase()}${template === '/' && request.baseUrl !== '' ? '' : template}`;
}
