import express, { type Router } from 'express';

export const sampleReceiverPath = '/sample-receiver';

/** A receiver for trials. It confirms every callback and shows it. */
export function createSampleReceiver(show: (line: string) => void): Router {
  const router = express.Router();
  router.post(sampleReceiverPath, express.text({ type: () => true, limit: '5mb' }), (request, response) => {
    const attempt = request.get('x-callbus-attempt') ?? '?';
    show(`callback received (attempt ${attempt}): ${String(request.body)}`);
    response.send('ok');
  });
  return router;
}
