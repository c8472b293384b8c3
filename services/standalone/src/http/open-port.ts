import type { RequestListener } from 'node:http';
import { listen, type HttpService, type Limits } from '@callbus/runtime/http/http-service';

export interface OpenPort extends HttpService {
  /** From now on the application answers requests. */
  serve(app: RequestListener): void;
}

/**
 * Opens the port before anything else, so that a start whose port is in use changes nothing. Until there is an
 * application, the process is alive and not ready.
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
