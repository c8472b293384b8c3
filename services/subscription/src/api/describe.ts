import type { ApiPart } from '@callbus/openapi/document';
import { jsonSchemaOf } from '@callbus/openapi/from-joi';
import { parametersIn, type Operation } from '@callbus/openapi/operation';
import { callerParameters, commonParameters, contentEncoding, withEarlierAnswers } from '@callbus/runtime/api/common';
import { examplesOf, failures, success } from './answers.js';
import { languageParameters, pathParameter, queryParameters } from './parameters.js';
import { tags, type Route } from './route.js';
import { basePath, routes } from './routes.js';

/** Describes the API of this service from its routes. */
export function describeSubscription(): ApiPart {
  return {
    operations: Object.entries(routes).map(([operationId, route]) => operationOf(operationId, route)),
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  };
}

function operationOf(operationId: string, route: Route): Operation {
  const path = basePath + route.path;
  const parameters = [
    ...parametersIn(path).map(pathParameter),
    ...queryParameters(route),
    ...callerParameters,
    ...languageParameters,
    ...commonParameters,
  ];
  return {
    method: route.method,
    path,
    operationId,
    tag: route.tag,
    summary: route.summary,
    description: route.description,
    roles: route.roles,
    parameters: route.body === undefined ? parameters : [...parameters, contentEncoding],
    body: route.body && {
      required: route.isBodyOptional !== true,
      content: { 'application/json': { schema: jsonSchemaOf(route.body), ...examplesOf(route, ({ body }) => body) } },
    },
    callbacks: route.callbacks,
    answers: withEarlierAnswers({ 200: success(route), ...failures(route) }),
  };
}
