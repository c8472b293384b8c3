import { createRequire } from 'node:module';
import type { Response } from 'express';
import { ownRoutes } from './own-part.js';

const scriptFile = createRequire(import.meta.url).resolve('rapidoc/dist/rapidoc-min.js');
export const scriptPath = `${ownRoutes.docs.path}/rapidoc-min.js`;

/** Allows scripts from this host only, and inline styles, because the elements of RapiDoc contain theirs. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Callbus</title>
<script type="module" src="${scriptPath}"></script>
<rapi-doc spec-url="${ownRoutes.description.path}" render-style="read" show-header="false" allow-try="false"
  allow-authentication="false" allow-server-selection="false" load-fonts="false"></rapi-doc>
</html>
`;

/** Answers the description as a page (decision 0065). */
export function sendDocsPage(response: Response): void {
  response.setHeader('Content-Security-Policy', policy);
  response.type('html').send(page);
}

export function sendDocsScript(response: Response): void {
  response.sendFile(scriptFile, {
    cacheControl: false,
    etag: false,
    lastModified: false,
    acceptRanges: false,
    dotfiles: 'allow',
  });
}
