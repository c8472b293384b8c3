import { differenceOf, distance } from './difference.js';
import { templateOf } from './operation.js';

interface Known {
  readonly method: string;
  /** As Express writes it. */
  readonly path: string;
}

/** Limits of the comparison, because callers choose the path. */
const segmentsMost = 12;
const charactersMost = 24;
/** The cost of a segment in the place of a path parameter. An equal segment costs 0; an additional one, or another missing one, costs 1. */
const parameterCost = 0.1;
/** Callers forget an id more often than a word, but take the wrong method more often still. */
const missingParameterCost = 0.55;
const otherMethodCost = 0.5;

/**
 * Finds the known route that is most similar to a request, for the message of a 404. A known path with another method is similar
 * too.
 *
 * @returns such as `GET /api/v3/event/trace/{account}/{event}`; undefined when no route is similar
 */
export function createNearest(routes: readonly Known[]): (method: string, path: string) => string | undefined {
  const known = routes.map(({ method, path }) => ({ method: method.toUpperCase(), segments: segmentsOf(path), path }));

  return (method, path) => {
    const asked = segmentsOf(path);
    const costs = new Map<string, number>();
    const costOf = (segment: string, literal: string): number => {
      if (literal.startsWith(':')) return parameterCost;
      const key = `${segment}/${literal}`;
      let cost = costs.get(key);
      if (cost === undefined) costs.set(key, (cost = differenceOf(segment, literal)));
      return cost;
    };
    const near = known.flatMap((route) => {
      const difference = distance(asked, route.segments, costOf, costOfMissing);
      // The path alone decides whether a route is near, and the method only which of the near routes is nearest.
      if (difference > Math.max(asked.length, 1) / 2) return [];
      return { ...route, cost: difference + (route.method === method ? 0 : otherMethodCost) };
    });
    const [nearest] = near.sort((one, other) => one.cost - other.cost);
    return nearest && `${nearest.method} ${templateOf(nearest.path)}`;
  };
}

const costOfMissing = (segment: string) => (segment.startsWith(':') ? missingParameterCost : 1);

function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/', segmentsMost + 1).filter(Boolean);
  return segments.map((segment) => segment.slice(0, charactersMost).toLowerCase());
}
