import type { Router } from 'express';

type Layer = Router['stack'][number];

/** A route in the form of the router, such as `PUT /api/:version/event/subscribe/:account/:biz/:id`. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

/** Express does not keep the path under which a router is mounted. It only tells whether a path matches. */
const mountPaths = ['/internal/subscriptions', '/internal/keys'];

/** @returns every route of a router and of the routers that it uses, so that a test of all routes misses none */
export function routesOf(router: Router, mountedAt = ''): Route[] {
  return router.stack.flatMap((layer) => {
    if (layer.route) {
      const paths = [layer.route.path].flat().map((path) => mountedAt + (path === '/' ? '' : path));
      // A route may have several handlers for one method.
      const methods = new Set(layer.route.stack.flatMap(({ method }) => (method ? [method.toUpperCase()] : [])));
      return paths.flatMap((path) => [...methods].map((method) => ({ method, path })));
    }
    return isRouter(layer.handle) ? routesOf(layer.handle, mountedAt + mountPathOf(layer)) : [];
  });
}

function isRouter(handle: unknown): handle is Router {
  return typeof handle === 'function' && 'stack' in handle;
}

function mountPathOf(layer: Layer & { readonly slash?: boolean; match?(path: string): boolean }): string {
  if (layer.slash) return '';
  const path = mountPaths.find((candidate) => layer.match?.(candidate));
  if (path === undefined) throw new Error('a router is mounted at a path that this file does not know');
  return path;
}
