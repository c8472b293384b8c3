import { readFileSync } from 'node:fs';
import type { Static } from '@callbus/openapi/schema';
import { Router } from 'express';
import { version } from '../config/version.js';
import { sendJson, sendJsonText } from '../http/send-json.js';
import { scriptPath, sendDocsPage, sendDocsScript } from './docs-page.js';
import { frame } from './frame.js';
import { ownRoutes, type about } from './own-part.js';

const aboutThis: Static<typeof about> = {
  name: 'callbus',
  description: frame.info.summary,
  version,
  links: { docs: ownRoutes.docs.path, openapi: ownRoutes.description.path },
};

const aboutPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Callbus</title>
<h1>Callbus ${version}</h1>
<p>${frame.info.summary}
<ul>
<li><a href="${aboutThis.links.docs}">The API to read</a>
<li><a href="${aboutThis.links.openapi}">The API for programs (OpenAPI)</a>
</ul>
</html>
`;

/** A copy of docs/openapi.json, which scripts/setup.mjs makes. */
const descriptionFile = new URL('../../dist/openapi.json', import.meta.url);

/** Serves the about page and the description of all APIs. Every service has both, so that a gateway may ask any of them. */
export function createOwnRouter(): Router {
  const router = Router();
  let description: string | undefined;

  router.get(ownRoutes.about.path, (request, response) => {
    // JSON comes first, because it is the default for callers without a preference.
    if (request.accepts(['json', 'html']) === 'html') response.type('html').send(aboutPage);
    else sendJson(response, 200, aboutThis);
  });
  router.get(ownRoutes.description.path, (_request, response) => {
    description ??= JSON.stringify(JSON.parse(readFileSync(descriptionFile, 'utf8')));
    sendJsonText(response, description);
  });
  router.get(ownRoutes.docs.path, (_request, response) => sendDocsPage(response));
  router.get(scriptPath, (_request, response) => sendDocsScript(response));
  return router;
}
