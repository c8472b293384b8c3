import { overviewRoute } from '../accounts/overview-endpoint.js';
import { attemptsRoute } from '../history/attempts-endpoint.js';
import { traceRoute } from '../history/trace-endpoint.js';
import { listKeysRoute, makeKeyRoute, revokeKeyRoute } from '../keys/key-endpoints.js';
import { pingRoute, telnetRoute } from '../probes/probe-endpoints.js';
import { testRoute } from '../probes/test-endpoint.js';
import { queuesRoute } from '../queues/queues-endpoint.js';
import { cancelReplayRoute, findReplayRoute, startReplayRoute } from '../replays/replay-endpoints.js';
import { searchRoute } from '../search/search-endpoint.js';
import { rotateSecretRoute } from '../secrets/rotate-secret-endpoint.js';
import { createRoute } from '../subscriptions/create-endpoint.js';
import { deleteRoute } from '../subscriptions/delete-endpoint.js';
import { findRoute } from '../subscriptions/find-endpoint.js';
import { patchRoute, replaceRoute } from '../subscriptions/update-endpoint.js';
import { dispatchUnattributedRoute, listUnattributedRoute } from '../undelivered/unattributed-endpoints.js';
import { deleteUndeliveredRoute, listUndeliveredRoute } from '../undelivered/undelivered-endpoints.js';
import type { HandleOf } from './route.js';

/** All operations of the API, by their names in clients. The router and the description follow from this table. */
export const routes = {
  pingReceiver: pingRoute,
  telnetReceiver: telnetRoute,
  testSubscription: testRoute,
  searchSubscriptions: searchRoute,
  createSubscription: createRoute,
  getSubscription: findRoute,
  replaceSubscription: replaceRoute,
  patchSubscription: patchRoute,
  deleteSubscription: deleteRoute,
  rotateSecret: rotateSecretRoute,
  listAttempts: attemptsRoute,
  listUndelivered: listUndeliveredRoute,
  deleteUndelivered: deleteUndeliveredRoute,
  startReplay: startReplayRoute,
  getReplay: findReplayRoute,
  cancelReplay: cancelReplayRoute,
  listUnattributed: listUnattributedRoute,
  dispatchUnattributed: dispatchUnattributedRoute,
  getTrace: traceRoute,
  listKeys: listKeysRoute,
  makeKey: makeKeyRoute,
  revokeKey: revokeKeyRoute,
  listQueues: queuesRoute,
  getOverview: overviewRoute,
} as const;

type Routes = typeof routes;

/** A handler for every route. */
export type Handles = { readonly [Name in keyof Routes]: HandleOf<Routes[Name]> };

/** The only version of the API. */
export const version = 'v3';

export const basePath = `/api/${version}/event`;
