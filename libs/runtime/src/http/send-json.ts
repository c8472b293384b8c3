import type { Response } from 'express';

/** Answers JSON text. The line end is for readers of a terminal. */
export function sendJsonText(response: Response, json: string): void {
  response.type('json').send(`${json}\n`);
}

export function sendJson(response: Response, status: number, value: unknown): void {
  sendJsonText(response.status(status), JSON.stringify(value));
}
