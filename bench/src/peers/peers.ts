import { sequenceMark } from '../load/event-bytes.js';
import { findPrograms } from '../processes/usage.js';
import { eventData, type Audience, type System } from './system.js';

/** The values that a peer hands out when it is set up. */
export interface PeerSettings {
  /** The origin of the API, if it differs from that of the recipe. */
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly project?: string | undefined;
  readonly endpoint?: string | undefined;
}

interface Peer {
  readonly url: string;
  readonly needs: readonly ('token' | 'project' | 'endpoint')[];
  readonly audiences: readonly Audience[];
  /** The programs of the peer and its servers, by the name that the kernel gives to them. */
  readonly programs: readonly string[];
  request(audience: Audience, settings: PeerSettings): PeerRequest;
}

interface PeerRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The event type of the recipes. */
const type = 'a.b';

/** The peers as `bench/peers` sets them up. Tenants and applications there have the names of the audiences. */
export const peers: Readonly<Record<string, Peer>> = {
  knative: {
    url: 'http://127.0.0.1:8080',
    needs: [],
    audiences: ['fan-out-1'],
    programs: ['ingress', 'dispatcher', 'beam.smp'],
    request: () => ({
      path: '/',
      headers: { 'ce-specversion': '1.0', 'ce-id': sequenceMark, 'ce-type': type, 'ce-source': '/bench' },
      body: eventData,
    }),
  },
  outpost: {
    url: 'http://127.0.0.1:3333',
    needs: ['token'],
    audiences: ['fan-out-1', 'fan-out-10', 'one-hangs'],
    programs: ['outpost-server', 'beam.smp', 'postgres', 'redis-server'],
    request: (audience) => ({
      path: '/api/v1/publish',
      body: { tenant_id: audience, topic: type, data: eventData },
    }),
  },
  svix: {
    url: 'http://127.0.0.1:8071',
    needs: ['token'],
    audiences: ['fan-out-1', 'fan-out-10', 'one-hangs'],
    programs: ['svix-server', 'postgres', 'redis-server'],
    request: (audience) => ({
      path: `/api/v1/app/${audience}/msg/`,
      body: { eventType: type, payload: eventData },
    }),
  },
  convoy: {
    url: 'http://127.0.0.1:5005',
    needs: ['token', 'project', 'endpoint'],
    audiences: ['fan-out-1'],
    programs: ['convoy', 'postgres', 'redis-server'],
    request: (_, { project, endpoint }) => ({
      path: `/api/v1/projects/${project ?? ''}/events`,
      body: { endpoint_id: endpoint, event_type: type, data: eventData },
    }),
  },
};

/** @returns the peer with these settings, or one line that says what is missing */
export function openPeer(name: string, settings: PeerSettings): System | string {
  const peer = peers[name];
  if (peer === undefined) return `no system ${name}; there are callbus, ${Object.keys(peers).join(', ')}`;
  const missing = peer.needs.filter((need) => settings[need] === undefined);
  if (missing.length > 0) return `${name} needs ${missing.map((need) => `--${need}`).join(', ')}`;

  return {
    audiences: peer.audiences,
    target(audience) {
      const { path, headers, body } = peer.request(audience, settings);
      return {
        url: new URL(path, settings.url ?? peer.url).href,
        names: { first: 0, count: 1 },
        template: {
          headers: { ...headers, ...(settings.token !== undefined && { Authorization: `Bearer ${settings.token}` }) },
          body: JSON.stringify(body),
        },
      };
    },
    processes: () => findPrograms(peer.programs),
  };
}
