import { describeIngest } from '@callbus/ingest/routes/describe';
import { documentOf } from '@callbus/openapi/document';
import { asyncDocumentOf, type DescribedApi } from '@callbus/runtime/api/async-document';
import { describeCallbacks } from '@callbus/runtime/api/callbacks';
import { frame } from '@callbus/runtime/api/frame';
import { ownPart } from '@callbus/runtime/api/own-part';
import { describeSubscription } from '@callbus/subscription/api/describe';

/** The parts of the API that the three services serve. */
export const apiParts = [describeIngest(), describeSubscription(), describeCallbacks()];

/** The description of the whole API, which is in the repository as docs/openapi.json. */
export const describeWhole = () => documentOf(frame, [ownPart, ...apiParts]);

/** The description of taps and callbacks for AsyncAPI, which is in the repository as docs/asyncapi.json. */
export const describeAsync = () => asyncDocumentOf(describeWhole() as DescribedApi);
