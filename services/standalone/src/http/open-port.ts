import type { RequestListener } from 'node:http';
import { listen, type HttpService, type Limits } from '@callbus/runtime/http/http-service';

export interface OpenPort extends HttpService {
  /** Lets the application answer requests from now on. */
  serve(app: RequestListener): void;
}

/**
 * Opens the port before anything else, so that a start changes nothing when its port is in use. Until `serve` the process
 * is alive but not ready.
 *
 * @throws CannotStart when the port is in use
 */
export async function openPort(address: { host: string; port: number; limits?: Partial<Limits> }): Promise<OpenPort> {
  let answer: RequestListener = (request, response) => {
    const isHealth = request.url === '/healthz';
    response.writeHead(isHealth ? 200 : 503, { 'Content-Type': 'application/json', 'Retry-After': '1' });
    response.end(JSON.stringify({ status: isHealth ? 'ok' : 'starting' }));
  };
  const http = await listen((request, response) => answer(request, response), address);
  return { ...http, serve: (app) => void (answer = app) };
}
