// Written by npm run openapi from docs/openapi.json.
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what this is
         * @description Needs no key.
         */
        get: operations["getAbout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read this description
         * @description Needs no key.
         */
        get: operations["getDescription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read this description as a page
         * @description Needs no key.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether the process lives
         * @description Needs no key.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether the process takes requests
         * @description Needs no key.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the metrics
         * @description Needs no key.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish an ETC notification
         * @description An ETC notification is never taken for a repeat. With `ETC_ERROR_STATUS=200` every error but 508 has the HTTP status 200, and only `code` tells it from a success.
         *
         *     Needs a key with the role `publish`.
         */
        post: operations["publishEtc"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/event-bus/event/recv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a list of events
         * @description Publishes all events of the list or none. `source` and `id` identify an event: a repeat within the deduplication window succeeds, and is not delivered again. The names of members may have any case. The list may also be called `events`, as in the vendor's SDK.
         *
         *     Needs a key with the role `publish`.
         */
        post: operations["publishEventList"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/event-bus/recv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a list of events (other path)
         * @description Publishes all events of the list or none. `source` and `id` identify an event: a repeat within the deduplication window succeeds, and is not delivered again. The names of members may have any case. The list may also be called `events`, as in the vendor's SDK.
         *
         *     Needs a key with the role `publish`.
         */
        post: operations["publishEventListByAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cloudevents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish CloudEvents
         * @description Takes the structured, the batched and the binary mode of the HTTP binding. A batch is published as a whole or not at all. `source` and `id` identify an event: a repeat within the deduplication window succeeds, and is not delivered again.
         *
         *     Needs a key with the role `publish`.
         */
        post: operations["publishCloudEvents"];
        delete?: never;
        /**
         * Ask for the permission to publish
         * @description The handshake of CloudEvents' web hooks, section 4. Every sender may send; its key decides later.
         *
         *     Needs no key.
         */
        options: operations["askToPublish"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Post to a receiver
         * @description Posts once, unsigned, and answers what the receiver answers within 10 s. Every status is a success.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["pingReceiver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/telnet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect to a receiver
         * @description Opens a TCP connection within 10 s and sends nothing. The port is by default 80, or 443 for https.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["telnetReceiver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a sample event to the receiver
         * @description Sends one callback now: an event of the type `callbus.test` with the format, the headers and the signature of the subscription, also while it is disabled. Every status is a success. Nothing is retried, counted or kept.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["testSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/search/{account}/{biz}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search subscriptions
         * @description An empty body finds all subscriptions of the account. The business in the path does not matter.
         *
         *     Needs a key with the role `manage` or `look`.
         */
        post: operations["searchSubscriptions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a subscription
         * @description Only this answer contains a generated signing secret. A create that got a 503 may still have taken effect. The same request, sent again within a minute, gets the answer that the first one should have got.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["createSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a subscription
         * @description Needs a key with the role `operate` or `manage` or `look`.
         */
        get: operations["getSubscription"];
        /**
         * Replace a subscription
         * @description Replaces the fields of bk-cmdb: required ones have to be present, and missing ones get their defaults. All other fields change only when the body names them; null sets a field back to its default.
         *
         *     Needs a key with the role `manage`.
         */
        put: operations["replaceSubscription"];
        post?: never;
        /**
         * Delete a subscription
         * @description Deliveries that still wait for it are dropped, and its undelivered events are deleted.
         *
         *     Needs a key with the role `manage`.
         */
        delete: operations["deleteSubscription"];
        options?: never;
        head?: never;
        /**
         * Change fields of a subscription
         * @description Changes only the fields that the body names; null sets a field back to its default.
         *
         *     Needs a key with the role `manage`.
         */
        patch: operations["patchSubscription"];
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}/secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new signing secret
         * @description For a day each callback is signed with both the old and the new secret. Only this answer contains the new one.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["rotateSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the last attempts
         * @description Needs a key with the role `operate` or `manage` or `look`.
         */
        get: operations["listAttempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List undelivered events
         * @description Needs a key with the role `operate` or `manage` or `look`.
         */
        get: operations["listUndelivered"];
        put?: never;
        post?: never;
        /**
         * Delete undelivered events
         * @description Ends after 10 s: repeat it until `left` is 0. The body has to have `all`, `ids`, `from` or `to`.
         *
         *     Needs a key with the role `manage`.
         */
        delete: operations["deleteUndelivered"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay undelivered events
         * @description Creates a job that puts the selected events back into the queue, in the order of acceptance. The body has to have `all`, `ids`, `from` or `to`.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["startReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/subscribe/{account}/{biz}/{id}/undelivered/replay/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the progress of a replay
         * @description Needs a key with the role `operate` or `manage` or `look`.
         */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        /**
         * Cancel a replay
         * @description The events that are left stay undelivered. A job that has ended does not change.
         *
         *     Needs a key with the role `manage`.
         */
        delete: operations["cancelReplay"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/undelivered/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List undelivered messages without a subscription
         * @description The account `-` has the messages whose account cannot be read.
         *
         *     Needs a key with the role `operate` or `manage` or `look`.
         */
        get: operations["listUnattributed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/undelivered/{account}/dispatch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send messages without a subscription back
         * @description Sends the selected messages, byte for byte, back to the queues that they came from. The body has to have `ids` or `reason`.
         *
         *     Needs a key with the role `manage`.
         */
        post: operations["dispatchUnattributed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/trace/{account}/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what became of an event
         * @description Traces have a bound in bytes, beyond which the oldest are deleted. The message of a 404 says since when they are kept.
         *
         *     Needs a key with the role `operate` or `manage` or `look`.
         */
        get: operations["getTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/keys/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the keys of an account
         * @description The stored keys that are not revoked. Keys of the key file are not among them.
         *
         *     Needs a key with the role `admin` or `look`. Callers of a gateway have no such role.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make a key
         * @description Only this answer contains the key, of which the bus keeps no more than a digest. It is accepted everywhere before the answer is sent.
         *
         *     Needs a key with the role `admin`. Callers of a gateway have no such role.
         */
        post: operations["makeKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/keys/{account}/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description The answer is sent when the revocation is in the queue of every process. After a 503 the key is revoked, but its revocation is not announced: processes that reach the service refuse the key within ten seconds. Send the request again to announce the revocation.
         *
         *     Needs a key with the role `admin`. Callers of a gateway have no such role.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the state of all queues
         * @description Needs a key with the role `operate` or `look`.
         */
        get: operations["listQueues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v3/event/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the totals of the caller's account
         * @description Quotas are of one account. So a caller that may read every account names one by `HTTP_BK_SUPPLIER_ACCOUNT`; otherwise the answer is 400.
         *
         *     Needs a key with the role `operate` or `look`.
         */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    source: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive an event in the format of its source
         * @description With `payload_format` `source`, an ETC notification comes as it was published. Any other event comes as a structured CloudEvent.
         */
        post: operations["receiveSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    cloudevents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive a structured CloudEvent
         * @description With `payload_format` `cloudevents`, every event comes as a structured CloudEvent.
         */
        post: operations["receiveCloudEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "cloudevents-binary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive a CloudEvent in binary mode
         * @description With `payload_format` `cloudevents-binary`, the data of the event is the body. In binary mode each attribute is a header whose name is `ce-` and the name of the attribute. That includes extension attributes. Values are percent-encoded. An event that does not fit into headers comes in structured form.
         */
        post: operations["receiveBinaryCloudEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    verification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        /**
         * Allow callbacks
         * @description With `verification` `cloudevents`, the bus asks the receiver for permission before the first callback: the handshake of CloudEvents' web hooks, section 4. The receiver has to answer within 10 s, with any status.
         */
        options: operations["allowCallbacks"];
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        About: {
            /** @description `callbus` */
            name: string;
            /** @description What it does. */
            description: string;
            /** @description The version. */
            version: string;
            links: {
                /** @description The description as a page. */
                docs: string;
                /** @description The description for programs. */
                openapi: string;
            };
        };
        /** @description The answer of a process that does not hand the request to an operation. */
        Message: {
            message: string;
        };
        Health: {
            /** @constant */
            status: "ok";
        };
        Readiness: {
            /**
             * @description Whether the process takes requests.
             * @enum {string}
             */
            status: "ready" | "not ready" | "draining" | "starting";
            /** @description The conditions by name. */
            checks?: {
                [key: string]: boolean;
            };
            /** @description Whether the broker takes messages. Readiness does not depend on it, because another process would have the same broker. */
            publishing?: {
                /** @description Whether it does. */
                ok: boolean;
                /** @description Why it does not. */
                reason?: string;
            };
        };
        EtcNotification: {
            /** @description Where the event comes from. */
            event_source: string | number | boolean;
            /** @description The topic of the event. */
            event_topic: string | number | boolean;
            /** @description The type of the event. */
            event_type: string | number | boolean;
            /** @description The status of what the event is about. */
            event_status: string | number | boolean;
            /** @description The name that subscriptions match. By default the four fields above, joined by dots. */
            event_key?: string | number | boolean;
            /** @description What has changed: at least one item, passed on as it was sent. */
            changes: unknown[];
        };
        EtcAccepted: {
            /** @description The id of the event, by which it can be traced. */
            request_id: string;
            /** @constant */
            code: "000";
            /** @constant */
            msg: "成功";
        };
        EtcError: {
            /** @description The id of the request. */
            request_id: string;
            /** @description The HTTP status as text; 500 also for 503. */
            code: string;
            /** @description What is wrong, in Chinese. */
            msg: string;
        };
        BusEvent: {
            /** @description Where the event comes from. With `id` it identifies the event. */
            source: string;
            /** @description The type of the event. */
            type: string;
            /** @description Identifies the event of its source. By default a new UUID. */
            id?: string | number;
            /** @description An object, or a string that holds one as JSON. Null and an empty string mean no data. */
            data?: Record<string, never> | string | null;
            /** @description Epoch milliseconds (a number or digits), RFC 3339, or ISO 8601 with an offset such as `+0800`. By default the time of receipt. */
            time?: string | number;
            /**
             * @description The version of CloudEvents.
             * @default 1.0
             * @enum {string}
             */
            specversion?: "1.0";
            /**
             * @description The media type of `data`: `application/json`, with any parameters.
             * @default application/json
             */
            datacontenttype?: string;
            /** @description The account. By default that of the caller. */
            accountId?: string | number;
            /** @description The bus. By default that of the request, else `eventBusName`. */
            eventBusId?: string;
            /** @description What the event is about. */
            subject?: string;
            /** @description The type of the resource. */
            resourceType?: string;
            /** @description The level of the event. */
            level?: string | number;
            /** @description The name of the bus, which stands in for its id. */
            eventBusName?: string;
            /** @description The display name of the source. */
            eventSourceAlias?: string;
            /** @description The display name of the event. */
            eventAlias?: string;
            /** @description The English display name of the event. */
            eventAliasEn?: string;
            /** @description The region of the resource. */
            region?: string;
        };
        /** @description A request has `eventList` or `events`. */
        EventList: {
            /** @description The events, by default at most 100. */
            eventList?: components["schemas"]["BusEvent"][];
            /** @description The same, where there is no `eventList`. */
            events?: components["schemas"]["BusEvent"][];
            /** @description The bus of all events that name none. */
            eventBusId?: string;
            /** @description The same, where there is no `eventBusId`. */
            eventBusName?: string;
        };
        AcceptedEvent: {
            /** @description Where the event comes from. With `id` it identifies the event. */
            source: string;
            /** @description The type of the event. */
            type: string;
            /** @description Identifies the event of its source. By default a new UUID. */
            id: string;
            /** @description The data, digit for digit as it was sent. */
            data?: Record<string, never>;
            /** @description When the event happened, `yyyy-MM-ddTHH:mm:ss+0800`. */
            time: string;
            /** @description The version of CloudEvents. */
            specversion: string;
            /** @description The media type of `data`: `application/json`, with any parameters. */
            datacontenttype: string;
            /** @description The account. By default that of the caller. */
            accountId: string;
            /** @description The bus. By default that of the request, else `eventBusName`. */
            eventBusId: string;
            /** @description What the event is about. */
            subject?: string;
            /** @description The type of the resource. */
            resourceType?: string;
            /** @description The level of the event. */
            level?: string;
            /** @description The name of the bus, which stands in for its id. */
            eventBusName?: string;
            /** @description The display name of the source. */
            eventSourceAlias?: string;
            /** @description The display name of the event. */
            eventAlias?: string;
            /** @description The English display name of the event. */
            eventAliasEn?: string;
            /** @description The region of the resource. */
            region?: string;
            /** @description When the event was received. */
            recvTimestamp: string;
            /**
             * @description Present when the event had been published before.
             * @constant
             */
            repeated?: true;
        };
        AcceptedEventList: {
            /** @description The events in the order of the request. */
            events: components["schemas"]["AcceptedEvent"][];
        };
        EventError: {
            /** @description The id of the request. */
            requestId: string;
            /** @description What kind of error it is. */
            code: string;
            /** @description What is wrong, with the place of the fault, such as `eventList[3].source`. */
            message: string;
        };
        /** @description A CloudEvent 1.0. Other members are extensions: lower-case letters and digits name a string, a 32-bit integer or a boolean. */
        CloudEvent: {
            /**
             * @description The version of CloudEvents.
             * @enum {string}
             */
            specversion: "1.0";
            /** @description Identifies the event of its source. */
            id: string;
            /**
             * Format: uri-reference
             * @description Where the event comes from.
             */
            source: string;
            /** @description The type of the event. */
            type: string;
            /**
             * Format: date-time
             * @description When the event happened.
             */
            time?: string;
            /** @description What the event is about. */
            subject?: string;
            /** @description The media type of `data`. */
            datacontenttype?: string;
            /**
             * Format: uri
             * @description The schema of `data`.
             */
            dataschema?: string;
            /** @description The account. By default that of the caller. */
            accountid?: string;
            /** @description The bus. By default none. */
            eventbusid?: string;
            /** @description Any JSON value, passed on as it was sent. */
            data?: unknown;
            /**
             * Format: byte
             * @description Bytes, in place of `data`.
             */
            data_base64?: string | null;
        } & {
            [key: string]: string | number | boolean | null;
        };
        CloudEventBatch: components["schemas"]["CloudEvent"][];
        /** @description A call that failed. The message is Chinese or English. */
        Failure: {
            /** @constant */
            result: false;
            bk_error_code: number;
            bk_error_msg: string;
            data: null;
        };
        SubscriptionSearch: {
            /**
             * @default {
             *       "start": 0,
             *       "limit": 10000,
             *       "sort": ""
             *     }
             */
            page?: {
                /**
                 * @description How many subscriptions to skip.
                 * @default 0
                 */
                start?: number | null;
                /**
                 * @description The most subscriptions of the page. A number below 1 or above 10000 counts as 10000.
                 * @default 10000
                 */
                limit?: number | null;
                /**
                 * @description Fields separated by commas, `-` for descending. Other names are ignored. Fields: subscription_id, subscription_name, system_name, callback_url, confirm_mode, confirm_pattern, subscription_form, timeout, time_out, operator, bk_supplier_account, bk_biz_id, last_time, description, enabled, payload_format, event_bus_id, max_attempts, max_in_flight, verification, verified.
                 * @default
                 */
                sort?: string | null;
            } | null;
            /**
             * @description All conditions have to hold: a value that the field equals, or operators.
             * @default {}
             */
            condition?: {
                subscription_id?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                subscription_name?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                system_name?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                callback_url?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                confirm_mode?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                confirm_pattern?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                subscription_form?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                timeout?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                time_out?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                operator?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                bk_supplier_account?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                bk_biz_id?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                last_time?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                description?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                enabled?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                payload_format?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                event_bus_id?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                max_attempts?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                max_in_flight?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                verification?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
                verified?: (string | number | boolean) | {
                    $eq?: string | number | boolean;
                    $ne?: string | number | boolean;
                    $in?: (string | number | boolean)[];
                    $nin?: (string | number | boolean)[];
                    /** @description A regular expression of PostgreSQL's. */
                    $regex?: string;
                    /**
                     * @description Beside `$regex`: `i` ignores the case of letters.
                     * @enum {string}
                     */
                    $options?: "" | "i";
                };
            } | null;
            /**
             * @description The members to answer; all by default.
             * @default []
             */
            fields?: string[] | null;
        };
        SubscriptionPart: {
            /** @description The id, which is never used again. */
            subscription_id?: number;
            /** @description A name, unique within the account. */
            subscription_name?: string;
            /** @description The name of the subscribing system: free text. */
            system_name?: string;
            /** @description An absolute http or https URL without credentials, at an address that the operator allows. */
            callback_url?: string;
            /**
             * @description What confirms a callback: the status of the answer alone (`httpstatus`), or its body alone (`regular`). In requests `1` and `2` mean the same.
             * @enum {string}
             */
            confirm_mode?: "httpstatus" | "regular";
            /** @description `httpstatus`: statuses and classes separated by commas, such as `200,202` or `2xx`; by default `200`, or `2xx` for the formats of CloudEvents. `regular`: an RE2 expression, found anywhere in the first 64 KiB of the body. */
            confirm_pattern?: string;
            /** @description Event names, event types and patterns, separated by commas. In a pattern `*` stands for one dot-separated word and `#` for any number of words. */
            subscription_form?: string;
            /** @description Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins. */
            timeout?: number;
            /** @description Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins. */
            time_out?: number;
            /** @description The user of the last change. */
            operator?: string;
            /** @description The account that owns the subscription. */
            bk_supplier_account?: string;
            /** @description The business that the subscription was created with. It narrows nothing. */
            bk_biz_id?: number;
            /** @description The time of the last change in UTC+8: `yyyy-MM-dd HH:mm:ss`. */
            last_time?: string;
            /** @description Free text. */
            description?: string;
            /** @description While it is false, events are held. They are delivered when it is set to true again. */
            enabled?: boolean;
            /** @description Why Callbus disabled the subscription; null when it is enabled, or was disabled by its owner. */
            disabled_reason?: string | null;
            /**
             * @description The body of a callback. `source`: an ETC notification as it was published, any other event as a structured CloudEvent. `cloudevents`: always a structured CloudEvent. `cloudevents-binary`: a CloudEvent in binary mode.
             * @enum {string}
             */
            payload_format?: "source" | "cloudevents" | "cloudevents-binary";
            /** @description Only events of this bus; null for any bus. ETC notifications have no bus. */
            event_bus_id?: string | null;
            /** @description Additional headers of each callback. Hop-by-hop headers, `host`, `expect`, `content-*`, `webhook-*`, `ce-*` and `x-callbus-*` are refused. Values that look secret are answered as `********`, and that value in a change keeps what is stored. */
            headers?: {
                [key: string]: string;
            };
            /** @description Attempts until an event is undelivered. */
            max_attempts?: number;
            /** @description Callbacks at once, for each worker. */
            max_in_flight?: number;
            /**
             * @description `cloudevents`: the receiver is asked for permission (`OPTIONS` with `WebHook-Request-Origin`) before its first event.
             * @enum {string}
             */
            verification?: "none" | "cloudevents";
            /** @description Whether the receiver has allowed callbacks; null for a subscription without verification. */
            verified?: boolean | null;
            /** @description Why the receiver has not allowed callbacks yet. */
            verification_failure?: string | null;
            /** @description The figures of the subscription. Both are null while the store of figures is away. */
            statistics?: {
                /** @description Attempts made. */
                total: number | null;
                /** @description Attempts that were not confirmed. */
                failure: number | null;
            };
            /**
             * @description Present when a pattern exceeds a limit that was set after it was saved. Such a pattern matches nothing.
             * @constant
             */
            pattern_over_limit?: true;
        };
        SubscriptionDefinition: {
            /** @description A name, unique within the account. */
            subscription_name: string;
            /** @description The name of the subscribing system: free text. */
            system_name?: string | null;
            /** @description An absolute http or https URL without credentials, at an address that the operator allows. */
            callback_url: string;
            /**
             * @description What confirms a callback: the status of the answer alone (`httpstatus`), or its body alone (`regular`). In requests `1` and `2` mean the same.
             * @enum {unknown}
             */
            confirm_mode: "httpstatus" | "regular" | "1" | "2" | 1 | 2;
            /** @description `httpstatus`: statuses and classes separated by commas, such as `200,202` or `2xx`; by default `200`, or `2xx` for the formats of CloudEvents. `regular`: an RE2 expression, found anywhere in the first 64 KiB of the body. */
            confirm_pattern?: string | null;
            /** @description Event names, event types and patterns, separated by commas. In a pattern `*` stands for one dot-separated word and `#` for any number of words. */
            subscription_form: string;
            /** @description Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins. By default `10`. */
            time_out?: number | null;
            /** @description Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins. By default `10`. */
            timeout?: number | null;
            /** @description Free text. */
            description?: string | null;
            /** @description While it is false, events are held. They are delivered when it is set to true again. By default `true`. */
            enabled?: boolean | null;
            /**
             * @description The body of a callback. `source`: an ETC notification as it was published, any other event as a structured CloudEvent. `cloudevents`: always a structured CloudEvent. `cloudevents-binary`: a CloudEvent in binary mode. By default `source`.
             * @enum {string|null}
             */
            payload_format?: "source" | "cloudevents" | "cloudevents-binary" | null;
            /** @description Only events of this bus; null for any bus. ETC notifications have no bus. */
            event_bus_id?: string | null;
            /** @description Signs each callback as Standard Webhooks do: `whsec_` and the base64 of 24 to 64 bytes, or, only in a create, `generate`. Null for none. It is answered only by the call that makes it. */
            secret?: string | null;
            /** @description Additional headers of each callback. Hop-by-hop headers, `host`, `expect`, `content-*`, `webhook-*`, `ce-*` and `x-callbus-*` are refused. Values that look secret are answered as `********`, and that value in a change keeps what is stored. */
            headers?: {
                [key: string]: string;
            } | null;
            /** @description Attempts until an event is undelivered. By default `10`. */
            max_attempts?: number | null;
            /** @description Callbacks at once, for each worker. By default `64`. */
            max_in_flight?: number | null;
            /**
             * @description `cloudevents`: the receiver is asked for permission (`OPTIONS` with `WebHook-Request-Origin`) before its first event. By default `none`.
             * @enum {string|null}
             */
            verification?: "none" | "cloudevents" | null;
        };
        Warning: {
            /** @description The field; empty for the whole subscription. */
            path: string;
            message: string;
        };
        /** @description The notification as it was published, with its name and its id. */
        EtcCallback: {
            event_source: string;
            event_topic: string;
            event_type: string;
            event_status: string;
            /** @description The name that subscriptions match. */
            event_key: string;
            /** @description As they were sent. */
            changes: unknown[];
            /** @description The id of the event. */
            request_id: string;
        };
        /** @description A CloudEvent 1.0 in structured form. Its extensions are further members, whose names are of lower-case letters and digits. */
        DeliveredEvent: {
            /** @constant */
            specversion: "1.0";
            id: string;
            source: string;
            type: string;
            /** Format: date-time */
            time?: string;
            datacontenttype?: string;
            dataschema?: string;
            subject?: string;
            /** @description The account. */
            accountid: string;
            /** @description The bus. */
            eventbusid?: string;
            /** @description The data, digit for digit as it was published. */
            data?: unknown;
            /** Format: byte */
            data_base64?: string;
        };
        Subscription: WithRequired<components["schemas"]["SubscriptionPart"], "subscription_id" | "subscription_name" | "system_name" | "callback_url" | "confirm_mode" | "confirm_pattern" | "subscription_form" | "timeout" | "time_out" | "operator" | "bk_supplier_account" | "bk_biz_id" | "last_time" | "description" | "enabled" | "disabled_reason" | "payload_format" | "event_bus_id" | "headers" | "max_attempts" | "max_in_flight" | "verification" | "verified" | "verification_failure" | "statistics">;
        SubscriptionChange: {
            /** @description A name, unique within the account. */
            subscription_name?: string;
            /** @description The name of the subscribing system: free text. */
            system_name?: string | null;
            /** @description An absolute http or https URL without credentials, at an address that the operator allows. */
            callback_url?: string;
            /**
             * @description What confirms a callback: the status of the answer alone (`httpstatus`), or its body alone (`regular`). In requests `1` and `2` mean the same.
             * @enum {unknown}
             */
            confirm_mode?: "httpstatus" | "regular" | "1" | "2" | 1 | 2;
            /** @description `httpstatus`: statuses and classes separated by commas, such as `200,202` or `2xx`; by default `200`, or `2xx` for the formats of CloudEvents. `regular`: an RE2 expression, found anywhere in the first 64 KiB of the body. */
            confirm_pattern?: string | null;
            /** @description Event names, event types and patterns, separated by commas. In a pattern `*` stands for one dot-separated word and `#` for any number of words. */
            subscription_form?: string;
            /** @description Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins. By default `10`. */
            time_out?: number | null;
            /** @description Seconds for one callback, from connecting to the end of the answer. In requests a number below 1 counts as 10, and one above 60 as 60. In a request that has both names, `time_out` wins. By default `10`. */
            timeout?: number | null;
            /** @description Free text. */
            description?: string | null;
            /** @description While it is false, events are held. They are delivered when it is set to true again. By default `true`. */
            enabled?: boolean | null;
            /**
             * @description The body of a callback. `source`: an ETC notification as it was published, any other event as a structured CloudEvent. `cloudevents`: always a structured CloudEvent. `cloudevents-binary`: a CloudEvent in binary mode. By default `source`.
             * @enum {string|null}
             */
            payload_format?: "source" | "cloudevents" | "cloudevents-binary" | null;
            /** @description Only events of this bus; null for any bus. ETC notifications have no bus. */
            event_bus_id?: string | null;
            /** @description Signs each callback as Standard Webhooks do: `whsec_` and the base64 of 24 to 64 bytes, or, only in a create, `generate`. Null for none. It is answered only by the call that makes it. */
            secret?: string | null;
            /** @description Additional headers of each callback. Hop-by-hop headers, `host`, `expect`, `content-*`, `webhook-*`, `ce-*` and `x-callbus-*` are refused. Values that look secret are answered as `********`, and that value in a change keeps what is stored. */
            headers?: {
                [key: string]: string;
            } | null;
            /** @description Attempts until an event is undelivered. By default `10`. */
            max_attempts?: number | null;
            /** @description Callbacks at once, for each worker. By default `64`. */
            max_in_flight?: number | null;
            /**
             * @description `cloudevents`: the receiver is asked for permission (`OPTIONS` with `WebHook-Request-Origin`) before its first event. By default `none`.
             * @enum {string|null}
             */
            verification?: "none" | "cloudevents" | null;
        };
        Attempt: {
            /** @description The id of the event. */
            event_id: string;
            /** @description From 1; a replay begins again at 1. */
            attempt: number;
            /**
             * @description How the attempt ended. `unsent`: nothing was sent, through no fault of the receiver.
             * @enum {string}
             */
            outcome: "confirmed" | "refused" | "timeout" | "error" | "unsent";
            /** @description The HTTP status; null without an answer. */
            status: number | null;
            /** @description How long the callback took, in milliseconds. */
            duration_ms: number;
            /**
             * Format: date-time
             * @description When the attempt ended.
             */
            at: string;
            /** @description The first 256 bytes of the answer, or why there is none. */
            answer: string;
        };
        UndeliveredEvent: {
            /** @description The id by which the event can be chosen. */
            id: number;
            /** @description The id of the event. */
            event_id: string | null;
            /** @description The name that subscriptions match. */
            event_name: string | null;
            /**
             * @description Why the event is undelivered.
             * @enum {string}
             */
            reason: "exhausted" | "held" | "expired" | "poison" | "loop" | "newer_format" | "maxlen";
            /** @description Attempts that were made. */
            attempts: number;
            /** @description The status of the last answer. */
            last_status: number | null;
            /** @description The first 256 bytes of the last answer, or why there was none. */
            last_answer: string | null;
            /**
             * Format: date-time
             * @description When the event was accepted.
             */
            received_at: string;
            /**
             * Format: date-time
             * @description When the delivery ended.
             */
            failed_at: string;
            /** @description With `event`: the event, digit for digit as it was published. Null if it is no JSON. */
            event?: unknown;
        };
        Selection: {
            /**
             * @description All events, unless other members choose among them.
             * @default false
             */
            all?: boolean | null;
            /** @description The ids of events in the list. */
            ids?: number[] | null;
            /**
             * @description Only events that are undelivered for this reason.
             * @enum {string|null}
             */
            reason?: "exhausted" | "held" | "expired" | "poison" | "loop" | "newer_format" | "maxlen" | null;
            /** @description Only events of this name. */
            name?: string | null;
            /**
             * Format: date-time
             * @description Only events that were accepted at this time or later.
             */
            from?: string | null;
            /**
             * Format: date-time
             * @description Only events that were accepted before this time.
             */
            to?: string | null;
        };
        /** @description A job that replays undelivered events. */
        ReplayJob: {
            /** @description The id of the job. */
            job_id: number;
            /**
             * @description Whether the job is under way.
             * @enum {string}
             */
            state: "running" | "done" | "cancelled";
            /** @description Events that were selected when the job was created. */
            total: number;
            /** @description Events that are back in the queue. One that fails again returns to the undelivered events. */
            replayed: number;
            /** @description Events that cannot be read. They stay undelivered. */
            skipped: number;
            /**
             * Format: date-time
             * @description When the job was created.
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When the job was done or cancelled.
             */
            ended_at: string | null;
        };
        UndeliveredMessage: {
            /** @description The id by which the event can be chosen. */
            id: number;
            /** @description The id of the event. */
            event_id: string | null;
            /** @description The name that subscriptions match. */
            event_name: string | null;
            /**
             * @description Why the event is undelivered.
             * @enum {string}
             */
            reason: "exhausted" | "held" | "expired" | "poison" | "loop" | "newer_format" | "maxlen";
            /** @description Attempts that were made. */
            attempts: number;
            /** @description The status of the last answer. */
            last_status: number | null;
            /** @description The first 256 bytes of the last answer, or why there was none. */
            last_answer: string | null;
            /**
             * Format: date-time
             * @description When the event was accepted.
             */
            received_at: string;
            /**
             * Format: date-time
             * @description When the delivery ended.
             */
            failed_at: string;
            /** @description The queue that the message came from, and to which `dispatch` sends it back. */
            queue: string | null;
            /** @description With `event`: the event, digit for digit as it was published. Null if it is no JSON. */
            event?: unknown;
        };
        TracedAttempt: {
            /** @description From 1; a replay begins again at 1. */
            attempt: number;
            /**
             * @description How the attempt ended. `unsent`: nothing was sent, through no fault of the receiver.
             * @enum {string}
             */
            outcome: "confirmed" | "refused" | "timeout" | "error" | "unsent";
            /** @description The HTTP status; null without an answer. */
            status: number | null;
            /** @description How long the callback took, in milliseconds. */
            duration_ms: number;
            /**
             * Format: date-time
             * @description When the attempt ended.
             */
            at: string;
        };
        DeliveryTrace: {
            /** @description The subscription. */
            subscription_id: number;
            /** @description Null when the subscription is deleted. */
            subscription_name: string | null;
            /**
             * @description `queued`: for a worker. `waiting`: until `waiting_until`. `held`: until the subscription is enabled. The others are ends.
             * @enum {string}
             */
            state: "queued" | "waiting" | "held" | "delivered" | "undelivered" | "dropped";
            /**
             * Format: date-time
             * @description When a waiting delivery goes on.
             */
            waiting_until: string | null;
            /** @description Why the delivery waits (retry, parked), or why it ended (exhausted, held, expired, poison, loop, newer_format, maxlen). */
            because: string | null;
            /**
             * Format: date-time
             * @description When the delivery ended.
             */
            ended_at: string | null;
            /** @description Oldest first. */
            attempts: components["schemas"]["TracedAttempt"][];
        };
        Trace: {
            /** @description The id of the event. */
            event_id: string;
            /** @description The name that subscriptions match; null when no worker has matched the event yet. */
            event_name: string | null;
            /** @description The bus of the event. */
            event_bus_id: string | null;
            /**
             * Format: date-time
             * @description When the event was accepted.
             */
            received_at: string | null;
            /** @description One entry for each subscription that the event matched. */
            subscriptions: components["schemas"]["DeliveryTrace"][];
            /**
             * Format: date-time
             * @description The traces of all events that were accepted since then are complete.
             */
            since: string;
        };
        Key: {
            /** @description The id of the key, which is no secret. */
            id: string;
            roles: ("publish" | "manage" | "operate" | "look" | "admin")[];
            /** @description The operator of changes by a request that names none. */
            user: string;
            /** @description The user who made the key. */
            made_by: string;
            /**
             * Format: date-time
             * @description From this time on the key is refused; null for a key that does not expire.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description The last use, up to a minute late; null before the first.
             */
            last_used_at: string | null;
        };
        /** @description The state of a queue, at most two seconds old. A figure is null while it is not known. */
        Queue: {
            /**
             * @description The name of the queue, without the prefix of the installation.
             * @enum {string}
             */
            queue: "events" | "deliveries" | "undelivered" | "retry.1s" | "retry.5s" | "retry.30s" | "retry.1m" | "retry.5m" | "retry.10m" | "retry.30m" | "retry.1h" | "retry.3h" | "retry.6h" | "retry.12h" | "retry.24h";
            /** @description Messages that wait. Those that a worker holds are not among them. */
            ready: number;
            /** @description Events in these messages, for the queue `events` an estimate. Null when it is not known. */
            events: number | null;
            /** @description Consumers of the queue. */
            consumers: number;
            /** @description The age of the oldest message that waits. */
            oldest_age_seconds: number | null;
            /** @description Messages that come in per second, over the last six seconds. */
            in_per_second: number | null;
            /** @description Messages that go out per second, over the last six seconds. */
            out_per_second: number | null;
            /** @description The time until the queue is empty; null while it does not shrink. */
            drain_seconds: number | null;
            /** @description Whether the queue has refused a message within the last minute, because its length is limited. */
            full: boolean | null;
        };
        Overview: {
            totals: {
                /** @description Subscriptions of the account. */
                subscriptions: number;
                /** @description Subscriptions that are enabled. */
                enabled: number;
                /** @description Attempts made. */
                attempts: number;
                /** @description Attempts that were not confirmed. */
                failures: number;
                /** @description Deliveries that have not ended. */
                pending: number;
                /** @description Deliveries with a confirmed callback. */
                delivered: number;
                /** @description Deliveries that ended without a confirmed callback. */
                undelivered: number;
                /** @description Deliveries whose subscription was deleted. */
                dropped: number;
            };
            /** @description The ten subscriptions with the most failures. */
            failing: {
                /** @description The subscription. */
                subscription_id: number;
                /** @description Its name. */
                subscription_name: string;
                /** @description Attempts made. */
                attempts: number;
                /** @description Attempts that were not confirmed. */
                failures: number;
            }[];
            /** @description The ten slowest of the hundred subscriptions with the most attempts. */
            slowest: {
                /** @description The subscription. */
                subscription_id: number;
                /** @description Its name. */
                subscription_name: string;
                /** @description The average of the last 20 attempts. */
                average_ms: number;
                /** @description The longest of the last 20 attempts. */
                longest_ms: number;
            }[];
            quotas: {
                subscriptions: {
                    /** @description How much of the quota is used. */
                    used: number;
                    /** @description The quota. */
                    bound: number;
                };
                subscription_bytes: {
                    /** @description How much of the quota is used. */
                    used: number;
                    /** @description The quota. */
                    bound: number;
                };
                pattern_bytes: {
                    /** @description How much of the quota is used. */
                    used: number;
                    /** @description The quota. */
                    bound: number;
                };
                names_per_subscription: {
                    /** @description The most event names of each subscription. */
                    bound: number;
                };
                undelivered: {
                    /** @description How much of the quota is used. */
                    used: number;
                    /** @description The quota. */
                    bound: number;
                };
                replays: {
                    /** @description How much of the quota is used. */
                    used: number;
                    /** @description The quota. */
                    bound: number;
                };
                keys: {
                    /** @description How much of the quota is used. */
                    used: number;
                    /** @description The quota. */
                    bound: number;
                };
                events_per_second: {
                    /** @description Per second over the last minute, over all processes; null while no process reports it. */
                    used: number | null;
                    /** @description The quota of each process. */
                    bound_per_process: number | null;
                };
                bytes_per_second: {
                    /** @description Per second over the last minute, over all processes; null while no process reports it. */
                    used: number | null;
                    /** @description The quota of each process. */
                    bound_per_process: number | null;
                };
            };
        };
    };
    responses: {
        /** @description The headers or the body came too slowly. The connection is closed. */
        TooSlow: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The header `Expect` is not `100-continue`. */
        UnknownExpectation: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description There are too many headers, or they are too large. */
        HeadersTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
    };
    parameters: {
        /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
        RequestId: string;
        /** @description Copied from the callback that causes this publish, so that loops end. */
        Hops: string;
        /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
        traceparent: string;
        /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
        tracestate: string;
        /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
        baggage: string;
        /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
        SupplierAccount: string;
        /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
        SupplierId: string;
        /** @description How the body is compressed. */
        ContentEncoding: "gzip" | "x-gzip" | "deflate" | "br" | "identity";
        /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
        User: string;
        /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
        Language: "en" | "zh-cn";
        /**
         * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
         * @example 0
         */
        account: string;
        /**
         * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
         * @example 2
         */
        biz: number;
        /**
         * @description The id of the subscription.
         * @example 1
         */
        id: number;
        /** @description The same for every attempt and replay of an event at a subscription. A receiver recognizes repeats by it. */
        "callback-webhook-id": string;
        /** @description The seconds since 1970 at which the attempt was made. */
        "callback-webhook-timestamp": string;
        /** @description Where the subscription has a secret: `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64. After a rotation there are several, separated by spaces. */
        "callback-webhook-signature": string;
        /** @description The number of the attempt, from 1. */
        "callback-X-Callbus-Attempt": string;
        /** @description The length of the chain of callbacks, from 1. A receiver that publishes because of the callback passes it on. */
        "callback-X-Callbus-Hops": string;
        /** @description The publisher's W3C trace context. */
        "callback-traceparent": string;
        /** @description The same. */
        "callback-tracestate": string;
        /** @description The same. */
        "callback-baggage": string;
        /** @description Where the receiver has been asked for permission: the name of this bus. */
        "callback-WebHook-Request-Origin": string;
        /** @description `callbus/0.1.0` */
        "callback-User-Agent": string;
        /** @description `identity` */
        "callback-Accept-Encoding": string;
        /** @description In binary mode: the attribute `specversion`, percent-encoded. */
        "callback-ce-specversion": string;
        /** @description In binary mode: the attribute `id`, percent-encoded. */
        "callback-ce-id": string;
        /** @description In binary mode: the attribute `source`, percent-encoded. */
        "callback-ce-source": string;
        /** @description In binary mode: the attribute `type`, percent-encoded. */
        "callback-ce-type": string;
        /** @description In binary mode: the attribute `accountid`, percent-encoded. */
        "callback-ce-accountid": string;
        /** @description In binary mode: the attribute `time`, percent-encoded. */
        "callback-ce-time": string;
        /** @description In binary mode: the attribute `subject`, percent-encoded. */
        "callback-ce-subject": string;
        /** @description In binary mode: the attribute `dataschema`, percent-encoded. */
        "callback-ce-dataschema": string;
        /** @description In binary mode: the attribute `eventbusid`, percent-encoded. */
        "callback-ce-eventbusid": string;
        /**
         * @description The id of the replay.
         * @example 1
         */
        job: number;
        /**
         * @description The id of the event, percent-encoded.
         * @example put-1
         */
        event: string;
        /**
         * @description The id of the key.
         * @example 8c1f60e37a52d94b
         */
        key: string;
    };
    requestBodies: never;
    headers: {
        /** @description The id of the request, under which the log has it. */
        RequestId: string;
        /** @description The seconds after which the request may succeed. */
        RetryAfter: string;
        /** @description How to authenticate. */
        WWWAuthenticate: "Bearer";
        /** @description The encodings of a body that can be read, where the encoding was the fault. */
        AcceptEncoding: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getAbout: {
        parameters: {
            query?: never;
            header?: {
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The name, the version and links; as a page for a browser. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["About"];
                    "text/html": string;
                };
            };
            /** @description Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
            /** @description While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    getDescription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All APIs, whichever service answers. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
            /** @description While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: {
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The page. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
            /** @description While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It lives. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: {
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
            /** @description It does not. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Metrics in Prometheus' text format. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
            /** @description While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    publishEtc: {
        parameters: {
            query?: never;
            header?: {
                /** @description Copied from the callback that causes this publish, so that loops end. */
                "X-Callbus-Hops"?: components["parameters"]["Hops"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                tracestate?: components["parameters"]["tracestate"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                baggage?: components["parameters"]["baggage"];
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EtcNotification"];
            };
        };
        responses: {
            /** @description The broker has confirmed the event. `request_id` is the id of the event. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcAccepted"];
                };
            };
            /** @description 400: {field} must be a non-negative integer. 400: the body cannot be read. 400: the body is not JSON. 400: {field} is required. 400: {field} must be a string. 400: {field} must be an array. 400: {field} holds a control character or half a surrogate pair. 400: {field} is longer than {limit} bytes. 400: {field}: the name of the event has more than {limit} words. 400: the body is not a JSON object. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "400";
                    };
                };
            };
            /** @description 401: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "401";
                    };
                };
            };
            /** @description 403: the caller may not publish. 403: {field}: the caller may not use this account. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "403";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 405: only POST is allowed. */
            405: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The methods of the path. */
                    Allow?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "405";
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 413: the body is larger than {limit} bytes. 413: the body holds more than {limit} JSON values. 413: {field} is larger than {limit} bytes. 413: the id, type and name of {field} together are longer than the broker accepts. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "413";
                    };
                };
            };
            /** @description 415: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "415";
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 429: the account {account} publishes more than {limit} bytes per second. 429: the account {account} publishes more than {limit} events per second. 429: the account {account} has reached its limit of undelivered events: replay or delete some. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "429";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 500: the event could not be accepted. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "500";
                    };
                };
            };
            /** @description 500: too many bytes are being read and published now, try later. 500: no events can be accepted now, try later. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "500";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 508: the event results from a chain of more than {limit} callbacks. */
            508: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The length of the chain. */
                    "X-Callbus-Hops"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EtcError"] & {
                        /** @enum {string} */
                        code?: "508";
                    };
                };
            };
        };
    };
    publishEventList: {
        parameters: {
            query?: never;
            header?: {
                /** @description Copied from the callback that causes this publish, so that loops end. */
                "X-Callbus-Hops"?: components["parameters"]["Hops"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                tracestate?: components["parameters"]["tracestate"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                baggage?: components["parameters"]["baggage"];
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventList"];
            };
        };
        responses: {
            /** @description The broker has confirmed all events. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedEventList"];
                };
            };
            /** @description INVALID_PARAMETER_VALUE: {field} must be a non-negative integer. INVALID_PARAMETER_VALUE: the body cannot be read. INVALID_PARAMETER_VALUE: the body is not JSON. INVALID_PARAMETER: {field} is required. INVALID_PARAMETER_VALUE: {field} must be a string. INVALID_PARAMETER_VALUE: {field} must be an array. INVALID_PARAMETER_VALUE: {field} holds a control character or half a surrogate pair. INVALID_PARAMETER_VALUE: {field} is longer than {limit} bytes. INVALID_PARAMETER_VALUE: {field}: the name of the event has more than {limit} words. INVALID_PARAMETER_VALUE: the body is not a JSON object. INVALID_PARAMETER_VALUE: {field} must be an object. INVALID_PARAMETER_VALUE: {field} is not a time. INVALID_PARAMETER_VALUE: {field} must be "1.0". INVALID_PARAMETER_VALUE: {field} must be application/json. INVALID_PARAMETER_VALUE: {field} must be an object or a string that holds a JSON object. INVALID_PARAMETER_VALUE: {field} holds more than {limit} events. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "INVALID_PARAMETER_VALUE" | "INVALID_PARAMETER";
                    };
                };
            };
            /** @description AUTHENTICATION_ERROR: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "AUTHENTICATION_ERROR";
                    };
                };
            };
            /** @description AUTHORIZATION_ERROR: the caller may not publish. AUTHORIZATION_ERROR: {field}: the caller may not use this account. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "AUTHORIZATION_ERROR";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description METHOD_NOT_ALLOWED: only POST is allowed. */
            405: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    /** @description The methods of the path. */
                    Allow?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "METHOD_NOT_ALLOWED";
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description PAYLOAD_TOO_LARGE: the body is larger than {limit} bytes. PAYLOAD_TOO_LARGE: the body holds more than {limit} JSON values. PAYLOAD_TOO_LARGE: {field} is larger than {limit} bytes. PAYLOAD_TOO_LARGE: the id, type and name of {field} together are longer than the broker accepts. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "PAYLOAD_TOO_LARGE";
                    };
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "UNSUPPORTED_MEDIA_TYPE";
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description TOO_MANY_REQUESTS: the account {account} publishes more than {limit} bytes per second. TOO_MANY_REQUESTS: the account {account} publishes more than {limit} events per second. TOO_MANY_REQUESTS: the account {account} has reached its limit of undelivered events: replay or delete some. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "TOO_MANY_REQUESTS";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description INTERNAL_ERROR: the event could not be accepted. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "INTERNAL_ERROR";
                    };
                };
            };
            /** @description SERVICE_UNAVAILABLE: too many bytes are being read and published now, try later. SERVICE_UNAVAILABLE: no events can be accepted now, try later. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "SERVICE_UNAVAILABLE";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description LOOP_DETECTED: the event results from a chain of more than {limit} callbacks. */
            508: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    /** @description The length of the chain. */
                    "X-Callbus-Hops"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "LOOP_DETECTED";
                    };
                };
            };
        };
    };
    publishEventListByAlias: {
        parameters: {
            query?: never;
            header?: {
                /** @description Copied from the callback that causes this publish, so that loops end. */
                "X-Callbus-Hops"?: components["parameters"]["Hops"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                tracestate?: components["parameters"]["tracestate"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                baggage?: components["parameters"]["baggage"];
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventList"];
            };
        };
        responses: {
            /** @description The broker has confirmed all events. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedEventList"];
                };
            };
            /** @description INVALID_PARAMETER_VALUE: {field} must be a non-negative integer. INVALID_PARAMETER_VALUE: the body cannot be read. INVALID_PARAMETER_VALUE: the body is not JSON. INVALID_PARAMETER: {field} is required. INVALID_PARAMETER_VALUE: {field} must be a string. INVALID_PARAMETER_VALUE: {field} must be an array. INVALID_PARAMETER_VALUE: {field} holds a control character or half a surrogate pair. INVALID_PARAMETER_VALUE: {field} is longer than {limit} bytes. INVALID_PARAMETER_VALUE: {field}: the name of the event has more than {limit} words. INVALID_PARAMETER_VALUE: the body is not a JSON object. INVALID_PARAMETER_VALUE: {field} must be an object. INVALID_PARAMETER_VALUE: {field} is not a time. INVALID_PARAMETER_VALUE: {field} must be "1.0". INVALID_PARAMETER_VALUE: {field} must be application/json. INVALID_PARAMETER_VALUE: {field} must be an object or a string that holds a JSON object. INVALID_PARAMETER_VALUE: {field} holds more than {limit} events. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "INVALID_PARAMETER_VALUE" | "INVALID_PARAMETER";
                    };
                };
            };
            /** @description AUTHENTICATION_ERROR: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "AUTHENTICATION_ERROR";
                    };
                };
            };
            /** @description AUTHORIZATION_ERROR: the caller may not publish. AUTHORIZATION_ERROR: {field}: the caller may not use this account. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "AUTHORIZATION_ERROR";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description METHOD_NOT_ALLOWED: only POST is allowed. */
            405: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    /** @description The methods of the path. */
                    Allow?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "METHOD_NOT_ALLOWED";
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description PAYLOAD_TOO_LARGE: the body is larger than {limit} bytes. PAYLOAD_TOO_LARGE: the body holds more than {limit} JSON values. PAYLOAD_TOO_LARGE: {field} is larger than {limit} bytes. PAYLOAD_TOO_LARGE: the id, type and name of {field} together are longer than the broker accepts. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "PAYLOAD_TOO_LARGE";
                    };
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "UNSUPPORTED_MEDIA_TYPE";
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description TOO_MANY_REQUESTS: the account {account} publishes more than {limit} bytes per second. TOO_MANY_REQUESTS: the account {account} publishes more than {limit} events per second. TOO_MANY_REQUESTS: the account {account} has reached its limit of undelivered events: replay or delete some. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "TOO_MANY_REQUESTS";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description INTERNAL_ERROR: the event could not be accepted. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "INTERNAL_ERROR";
                    };
                };
            };
            /** @description SERVICE_UNAVAILABLE: too many bytes are being read and published now, try later. SERVICE_UNAVAILABLE: no events can be accepted now, try later. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "SERVICE_UNAVAILABLE";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description LOOP_DETECTED: the event results from a chain of more than {limit} callbacks. */
            508: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The id of the request, as in `X-Request-Id`. */
                    "x-bce-request-id"?: string;
                    /** @description The length of the chain. */
                    "X-Callbus-Hops"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "LOOP_DETECTED";
                    };
                };
            };
        };
    };
    publishCloudEvents: {
        parameters: {
            query?: never;
            header?: {
                /** @description Binary mode: The version of CloudEvents. Percent-encoded. */
                "ce-specversion"?: "1.0";
                /** @description Binary mode: Identifies the event of its source. Percent-encoded. */
                "ce-id"?: string;
                /** @description Binary mode: Where the event comes from. Percent-encoded. */
                "ce-source"?: string;
                /** @description Binary mode: The type of the event. Percent-encoded. */
                "ce-type"?: string;
                /** @description Binary mode: When the event happened. Percent-encoded. */
                "ce-time"?: string;
                /** @description Binary mode: What the event is about. Percent-encoded. */
                "ce-subject"?: string;
                /** @description Binary mode: The schema of `data`. Percent-encoded. */
                "ce-dataschema"?: string;
                /** @description Binary mode: The account. By default that of the caller. Percent-encoded. */
                "ce-accountid"?: string;
                /** @description Binary mode: The bus. By default none. Percent-encoded. */
                "ce-eventbusid"?: string;
                /** @description Copied from the callback that causes this publish, so that loops end. */
                "X-Callbus-Hops"?: components["parameters"]["Hops"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                traceparent?: components["parameters"]["traceparent"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                tracestate?: components["parameters"]["tracestate"];
                /** @description The W3C trace context, which callbacks pass on. An invalid value is ignored. */
                baggage?: components["parameters"]["baggage"];
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path?: never;
            cookie?: never;
        };
        /** @description Any other media type is binary mode, with the data as the body and the attributes as headers `ce-…`. */
        requestBody?: {
            content: {
                "application/cloudevents+json": components["schemas"]["CloudEvent"];
                "application/cloudevents-batch+json": components["schemas"]["CloudEventBatch"];
                "*/*": unknown;
            };
        };
        responses: {
            /** @description The broker has confirmed all events. The answer has no body. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The number of events that had been published before. Absent when there are none. */
                    "X-Callbus-Repeated"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description INVALID_PARAMETER_VALUE: {field} must be a non-negative integer. INVALID_PARAMETER_VALUE: the body cannot be read. INVALID_PARAMETER_VALUE: the body is not JSON. INVALID_PARAMETER: {field} is required. INVALID_PARAMETER_VALUE: {field} must be a string. INVALID_PARAMETER_VALUE: {field} must be an array. INVALID_PARAMETER_VALUE: {field} holds a control character or half a surrogate pair. INVALID_PARAMETER_VALUE: {field} is longer than {limit} bytes. INVALID_PARAMETER_VALUE: {field}: the name of the event has more than {limit} words. INVALID_PARAMETER_VALUE: {field} must be an object. INVALID_PARAMETER_VALUE: {field} must be a string, a 32-bit integer or a boolean. INVALID_PARAMETER_VALUE: {field}: attribute names are 1 to 64 lower-case letters and digits. INVALID_PARAMETER_VALUE: {field} is not percent-encoded UTF-8. INVALID_PARAMETER_VALUE: {field} must be base64. INVALID_PARAMETER_VALUE: {field} is not a time. INVALID_PARAMETER_VALUE: {field} must be "1.0". INVALID_PARAMETER_VALUE: {field} is not a media type of printable ASCII. INVALID_PARAMETER_VALUE: {field} is not a URI (RFC 3986). INVALID_PARAMETER_VALUE: {field} is not a URI reference (RFC 3986). INVALID_PARAMETER_VALUE: {field} and data exclude each other. INVALID_PARAMETER_VALUE: {field} has more than {limit} attributes. INVALID_PARAMETER_VALUE: {field} holds more than {limit} events. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "INVALID_PARAMETER_VALUE" | "INVALID_PARAMETER";
                    };
                };
            };
            /** @description AUTHENTICATION_ERROR: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "AUTHENTICATION_ERROR";
                    };
                };
            };
            /** @description AUTHORIZATION_ERROR: the caller may not publish. AUTHORIZATION_ERROR: {field}: the caller may not use this account. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "AUTHORIZATION_ERROR";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description METHOD_NOT_ALLOWED: only POST is allowed. */
            405: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The methods of the path. */
                    Allow?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "METHOD_NOT_ALLOWED";
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description PAYLOAD_TOO_LARGE: the body is larger than {limit} bytes. PAYLOAD_TOO_LARGE: the body holds more than {limit} JSON values. PAYLOAD_TOO_LARGE: {field} is larger than {limit} bytes. PAYLOAD_TOO_LARGE: the id, type and name of {field} together are longer than the broker accepts. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "PAYLOAD_TOO_LARGE";
                    };
                };
            };
            /** @description UNSUPPORTED_MEDIA_TYPE: the Content-Encoding is not supported. UNSUPPORTED_MEDIA_TYPE: neither a structured nor a batched nor a binary CloudEvent. UNSUPPORTED_MEDIA_TYPE: the charset must be utf-8. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    /** @description The media types, where the media type was the fault. */
                    Accept?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "UNSUPPORTED_MEDIA_TYPE";
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description TOO_MANY_REQUESTS: the account {account} publishes more than {limit} bytes per second. TOO_MANY_REQUESTS: the account {account} publishes more than {limit} events per second. TOO_MANY_REQUESTS: the account {account} has reached its limit of undelivered events: replay or delete some. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "TOO_MANY_REQUESTS";
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description INTERNAL_ERROR: the event could not be accepted. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "INTERNAL_ERROR";
                    };
                };
            };
            /** @description SERVICE_UNAVAILABLE: too many bytes are being read and published now, try later. SERVICE_UNAVAILABLE: no events can be accepted now, try later. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "SERVICE_UNAVAILABLE";
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description LOOP_DETECTED: the event results from a chain of more than {limit} callbacks. */
            508: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The length of the chain. */
                    "X-Callbus-Hops"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventError"] & {
                        /** @enum {string} */
                        code?: "LOOP_DETECTED";
                    };
                };
            };
        };
    };
    askToPublish: {
        parameters: {
            query?: never;
            header?: {
                /** @description The sender. Without it the answer grants nothing. */
                "WebHook-Request-Origin"?: string;
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a sender may do. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    /** @description The methods of the path. */
                    Allow?: string;
                    /** @description The origin that asked. */
                    "WebHook-Allowed-Origin"?: string;
                    /** @description The requests per minute that the sender may make. */
                    "WebHook-Allowed-Rate"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
            408: components["responses"]["TooSlow"];
            417: components["responses"]["UnknownExpectation"];
            431: components["responses"]["HeadersTooLarge"];
            /** @description While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    pingReceiver: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The URL of the receiver. Without a scheme it counts as http. */
                    callback_url: string;
                    /** @description The body to post: a string as it is, any other value as JSON. By default nothing. */
                    data?: unknown;
                };
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description The status of the answer. */
                            http_status: number;
                            /** @description The first 64 KiB of the body. */
                            response_body: string;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. 1103004: ping failed: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006 | 1103004;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103004: ping failed: {reason}. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103004;
                    };
                };
            };
            /** @description 1103004: ping failed: {reason}. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103004;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    telnetReceiver: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The URL of the receiver. Without a scheme it counts as http. */
                    callback_url: string;
                };
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @constant */
                        data: "success";
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. 1103005: telnet failed: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006 | 1103005;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103005: telnet failed: {reason}. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103005;
                    };
                };
            };
            /** @description 1103005: telnet failed: {reason}. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103005;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    testSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description The format in which the sample counts as published, which decides the body of `source` payloads.
                     * @default cloudevents
                     * @enum {string|null}
                     */
                    dialect?: "cloudevents" | "etc" | null;
                };
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description The id of the sample. */
                            event_id: string;
                            /** @description The status of the answer. */
                            http_status: number;
                            /** @description The first 64 KiB of the body, in which secret headers are masked. */
                            response_body: string;
                            /** @description The time from connecting to the end of the answer. */
                            duration_ms: number;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. 1103004: the test failed: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006 | 1103004;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103004: the test failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103004;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103004: the test failed: {reason}. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103004;
                    };
                };
            };
            /** @description 1103004: the test failed: {reason}. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103004;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    searchSubscriptions: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SubscriptionSearch"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description All subscriptions that were found, before paging. */
                            count: number;
                            /** @description The page; fewer than `limit` when the bytes of an answer are used up. With `fields`, only these members. */
                            info: components["schemas"]["SubscriptionPart"][];
                            /** @description Present while the figures of the subscriptions are not known. */
                            warning?: string;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103002: searching subscriptions failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103002;
                    };
                };
            };
            /** @description 1103002: searching subscriptions failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103002;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    createSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionDefinition"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @description What the caller should know although the call succeeded. Absent when there is nothing. */
                        warnings?: components["schemas"]["Warning"][];
                        data: {
                            /** @description The id of the new subscription. */
                            subscription_id: number;
                            /** @description The signing secret, which no later answer contains. */
                            secret?: string;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199014: data is not unique, subscription_name is a duplicate. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199014;
                    };
                };
            };
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. 1199029: a quota is used up: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103000: creating the subscription failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103000;
                    };
                };
            };
            /** @description 1103000: creating the subscription failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103000;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    getSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: components["schemas"]["Subscription"];
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103002: searching subscriptions failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103002;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103002: searching subscriptions failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103002;
                    };
                };
            };
            /** @description 1103002: searching subscriptions failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103002;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    replaceSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionDefinition"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @description What the caller should know although the call succeeded. Absent when there is nothing. */
                        warnings?: components["schemas"]["Warning"][];
                        /** @constant */
                        data: "success";
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103003: updating the subscription failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103003;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199014: data is not unique, subscription_name is a duplicate. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199014;
                    };
                };
            };
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. 1199029: a quota is used up: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103003: updating the subscription failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103003;
                    };
                };
            };
            /** @description 1103003: updating the subscription failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103003;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    deleteSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @description What the caller should know although the call succeeded. Absent when there is nothing. */
                        warnings?: components["schemas"]["Warning"][];
                        /** @description The undelivered events that are deleted with the subscription. Absent when the number is not known. */
                        dropped?: number;
                        /** @constant */
                        data: "success";
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103001: deleting the subscription failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103001;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103001: deleting the subscription failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103001;
                    };
                };
            };
            /** @description 1103001: deleting the subscription failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103001;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    patchSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionChange"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @description What the caller should know although the call succeeded. Absent when there is nothing. */
                        warnings?: components["schemas"]["Warning"][];
                        /** @constant */
                        data: "success";
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103003: updating the subscription failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103003;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199014: data is not unique, subscription_name is a duplicate. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199014;
                    };
                };
            };
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. 1199029: a quota is used up: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103003: updating the subscription failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103003;
                    };
                };
            };
            /** @description 1103003: updating the subscription failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103003;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    rotateSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description The new secret; by default, and with null, a generated one. */
                    secret?: string | null;
                };
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @description What the caller should know although the call succeeded. Absent when there is nothing. */
                        warnings?: components["schemas"]["Warning"][];
                        data: {
                            /** @description The signing secret, which no later answer contains. */
                            secret: string;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103003: updating the subscription failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103003;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103003: updating the subscription failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103003;
                    };
                };
            };
            /** @description 1103003: updating the subscription failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103003;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    listAttempts: {
        parameters: {
            query?: {
                /** @description Only attempts of this event. */
                event_id?: string;
                /**
                 * @description Only attempts that ended like this.
                 * @example refused
                 */
                outcome?: "confirmed" | "refused" | "timeout" | "error" | "unsent";
                /**
                 * @description The most attempts.
                 * @example 10
                 */
                limit?: number;
            };
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description The attempts in `info`. */
                            count: number;
                            /** @description Newest first. */
                            info: components["schemas"]["Attempt"][];
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103006: reading the attempts failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103006;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103006: reading the attempts failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103006;
                    };
                };
            };
            /** @description 1103006: reading the attempts failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103006;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    listUndelivered: {
        parameters: {
            query?: {
                /** @description How many events to skip. */
                start?: number;
                /** @description Whether each event itself is answered. */
                event?: boolean;
                /**
                 * @description The most events of the page: at most 200, and with `event` at most 20.
                 * @example 20
                 */
                limit?: number;
                /**
                 * @description Only events that are undelivered for this reason.
                 * @example exhausted
                 */
                reason?: "exhausted" | "held" | "expired" | "poison" | "loop" | "newer_format" | "maxlen";
                /** @description Only events of this name. */
                name?: string;
                /** @description Only events that were accepted at this time or later. */
                from?: string;
                /** @description Only events that were accepted before this time. */
                to?: string;
            };
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description All events that were found. */
                            count: number;
                            /** @description The events of the page in the order of acceptance; fewer when they are large. */
                            info: components["schemas"]["UndeliveredEvent"][];
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103007: reading or deleting undelivered events failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103007;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103007: reading or deleting undelivered events failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103007;
                    };
                };
            };
            /** @description 1103007: reading or deleting undelivered events failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103007;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    deleteUndelivered: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Selection"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description Events that are deleted. */
                            deleted: number;
                            /** @description Selected events that are still there, because the time was over. */
                            left: number;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103007: reading or deleting undelivered events failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103007;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103007: reading or deleting undelivered events failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103007;
                    };
                };
            };
            /** @description 1103007: reading or deleting undelivered events failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103007;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    startReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Selection"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: components["schemas"]["ReplayJob"];
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103008: replaying undelivered events failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103008;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. 1199029: a quota is used up: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103008: replaying undelivered events failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    };
                };
            };
            /** @description 1103008: replaying undelivered events failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    getReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
                /**
                 * @description The id of the replay.
                 * @example 1
                 */
                job: components["parameters"]["job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: components["schemas"]["ReplayJob"];
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103008: replaying undelivered events failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103008;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103008: replaying undelivered events failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    };
                };
            };
            /** @description 1103008: replaying undelivered events failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    cancelReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The business (`bk_biz_id`). It is stored by a create, and narrows nothing.
                 * @example 2
                 */
                biz: components["parameters"]["biz"];
                /**
                 * @description The id of the subscription.
                 * @example 1
                 */
                id: components["parameters"]["id"];
                /**
                 * @description The id of the replay.
                 * @example 1
                 */
                job: components["parameters"]["job"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: components["schemas"]["ReplayJob"];
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103008: replaying undelivered events failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103008;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103008: replaying undelivered events failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    };
                };
            };
            /** @description 1103008: replaying undelivered events failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    listUnattributed: {
        parameters: {
            query?: {
                /** @description How many events to skip. */
                start?: number;
                /** @description Whether each event itself is answered. */
                event?: boolean;
                /** @description The most events of the page: at most 200, and with `event` at most 20. */
                limit?: number;
                /**
                 * @description Only events that are undelivered for this reason.
                 * @example poison
                 */
                reason?: "exhausted" | "held" | "expired" | "poison" | "loop" | "newer_format" | "maxlen";
                /** @description Only events of this name. */
                name?: string;
                /** @description Only events that were accepted at this time or later. */
                from?: string;
                /** @description Only events that were accepted before this time. */
                to?: string;
            };
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description All events that were found. */
                            count: number;
                            /** @description The events of the page in the order of acceptance; fewer when they are large. */
                            info: components["schemas"]["UndeliveredMessage"][];
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103007: reading or deleting undelivered events failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103007;
                    };
                };
            };
            /** @description 1103007: reading or deleting undelivered events failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103007;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    dispatchUnattributed: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Selection"];
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description Messages that were sent back. */
                            dispatched: number;
                            /** @description Messages that cannot be read. They stay. */
                            skipped: number;
                            /** @description Messages for which no time was left: send the request again. */
                            left: number;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103008: sending undelivered messages back failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    };
                };
            };
            /** @description 1103008: sending undelivered messages back failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103008;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    getTrace: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The id of the event, percent-encoded.
                 * @example put-1
                 */
                event: components["parameters"]["event"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: components["schemas"]["Trace"];
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103009: tracing the event failed: not found; traces are kept since {reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103009;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103009: tracing the event failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103009;
                    };
                };
            };
            /** @description 1103009: tracing the event failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103009;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            keys: components["schemas"]["Key"][];
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103012: reading or changing the keys failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103012;
                    };
                };
            };
            /** @description 1103012: reading or changing the keys failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103012;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    makeKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
                /** @description How the body is compressed. */
                "Content-Encoding"?: components["parameters"]["ContentEncoding"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What the key allows. For the account `*`, which stands for every account, `look` alone. */
                    roles: ("publish" | "manage" | "operate" | "look" | "admin")[];
                    /**
                     * @description The operator of changes by a request that names none.
                     * @default
                     */
                    user?: string | null;
                    /**
                     * Format: date-time
                     * @description From this time on the key is refused; by default never.
                     */
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description The id by which the key is listed and revoked. */
                            id: string;
                            /** @description The key. */
                            key: string;
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. 1199010: '{field}' is not set. 1199006: '{field}' is not valid: {reason}. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010 | 1199006;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. 1199029: a quota is used up: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103012: reading or changing the keys failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103012;
                    };
                };
            };
            /** @description 1103012: reading or changing the keys failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103012;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The account (`bk_supplier_account`), at most 256 bytes. It has to be the account of the caller.
                 * @example 0
                 */
                account: components["parameters"]["account"];
                /**
                 * @description The id of the key.
                 * @example 8c1f60e37a52d94b
                 */
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        /** @constant */
                        data: "success";
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199000: '{field}' is of the wrong type. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. 1103012: revoking the key failed: not found. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1103012;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103012: reading or changing the keys failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103012;
                    };
                };
            };
            /** @description 1103012: reading or changing the keys failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103012;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    listQueues: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: {
                            /** @description The number of queues. */
                            count: number;
                            info: components["schemas"]["Queue"][];
                        };
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103010: reading the queues failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103010;
                    };
                };
            };
            /** @description 1103010: reading the queues failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103010;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    getOverview: {
        parameters: {
            query?: never;
            header?: {
                /** @description The account of the caller. A key for one account may name only that account; a key for every account may name any. */
                HTTP_BK_SUPPLIER_ACCOUNT?: components["parameters"]["SupplierAccount"];
                /** @description The account of the caller where `HTTP_BK_SUPPLIER_ACCOUNT` is missing. */
                HTTP_BLUEKING_SUPPLIER_ID?: components["parameters"]["SupplierId"];
                /** @description The user, who is stored as the `operator` of a change. By default the user of the key. */
                BK_User?: components["parameters"]["User"];
                /** @description The language of messages: by default that of `Accept-Language`, else Chinese. */
                HTTP_BLUEKING_LANGUAGE?: components["parameters"]["Language"];
                /** @description Returned by the answer and written to the log. Any other value is replaced by a new UUID. */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The call succeeded. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        result: true;
                        /** @constant */
                        bk_error_code: 0;
                        /** @constant */
                        bk_error_msg: "success";
                        data: components["schemas"]["Overview"];
                    };
                };
            };
            /** @description 1199000: the body is not a JSON object. 1199010: '{field}' is not set. */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000 | 1199010;
                    };
                };
            };
            /** @description 1199027: the caller is not known. */
            401: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    };
                };
            };
            /** @description 1199027: the caller is not allowed to do this. Standalone without authentication, for a foreign host or a page of another origin: a `Message`. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199027;
                    }) | components["schemas"]["Message"];
                };
            };
            /** @description 1199000: no such route{reason}. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            408: components["responses"]["TooSlow"];
            /** @description 1199000: the body exceeds 5 MiB. 1199000: the body holds more than {reason} JSON values. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            /** @description 1199000: the Content-Encoding is not supported. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Accept-Encoding": components["headers"]["AcceptEncoding"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199000;
                    };
                };
            };
            417: components["responses"]["UnknownExpectation"];
            /** @description 1199029: too many requests: {reason}. */
            429: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1199029;
                    };
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            /** @description 1103011: reading the overview failed. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103011;
                    };
                };
            };
            /** @description 1103011: reading the overview failed. While the process starts: a `Message`. */
            503: {
                headers: {
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": (components["schemas"]["Failure"] & {
                        /** @enum {integer} */
                        bk_error_code?: 1103011;
                    }) | components["schemas"]["Message"];
                };
            };
        };
    };
    receiveSource: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt and replay of an event at a subscription. A receiver recognizes repeats by it. */
                "webhook-id": components["parameters"]["callback-webhook-id"];
                /** @description The seconds since 1970 at which the attempt was made. */
                "webhook-timestamp": components["parameters"]["callback-webhook-timestamp"];
                /** @description Where the subscription has a secret: `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64. After a rotation there are several, separated by spaces. */
                "webhook-signature"?: components["parameters"]["callback-webhook-signature"];
                /** @description The number of the attempt, from 1. */
                "X-Callbus-Attempt": components["parameters"]["callback-X-Callbus-Attempt"];
                /** @description The length of the chain of callbacks, from 1. A receiver that publishes because of the callback passes it on. */
                "X-Callbus-Hops": components["parameters"]["callback-X-Callbus-Hops"];
                /** @description The publisher's W3C trace context. */
                traceparent?: components["parameters"]["callback-traceparent"];
                /** @description The same. */
                tracestate?: components["parameters"]["callback-tracestate"];
                /** @description The same. */
                baggage?: components["parameters"]["callback-baggage"];
                /** @description Where the receiver has been asked for permission: the name of this bus. */
                "WebHook-Request-Origin"?: components["parameters"]["callback-WebHook-Request-Origin"];
                /** @description `callbus/0.1.0` */
                "User-Agent"?: components["parameters"]["callback-User-Agent"];
                /** @description `identity` */
                "Accept-Encoding"?: components["parameters"]["callback-Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EtcCallback"];
                "application/cloudevents+json": components["schemas"]["DeliveredEvent"];
            };
        };
        responses: {
            /** @description The callback is confirmed, and in the formats of CloudEvents any other status below 300 confirms it. `confirm_pattern` changes that. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unless `confirm_pattern` confirms it, the receiver is gone: its subscription is disabled, and the event is held. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed. The next attempt comes after `Retry-After`. */
            429: {
                headers: {
                    /** @description Seconds, or a date. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed. The next attempt comes after `Retry-After`. */
            503: {
                headers: {
                    /** @description Seconds, or a date. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed: the next attempt comes after a pause, until `max_attempts` are made. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    receiveCloudEvent: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt and replay of an event at a subscription. A receiver recognizes repeats by it. */
                "webhook-id": components["parameters"]["callback-webhook-id"];
                /** @description The seconds since 1970 at which the attempt was made. */
                "webhook-timestamp": components["parameters"]["callback-webhook-timestamp"];
                /** @description Where the subscription has a secret: `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64. After a rotation there are several, separated by spaces. */
                "webhook-signature"?: components["parameters"]["callback-webhook-signature"];
                /** @description The number of the attempt, from 1. */
                "X-Callbus-Attempt": components["parameters"]["callback-X-Callbus-Attempt"];
                /** @description The length of the chain of callbacks, from 1. A receiver that publishes because of the callback passes it on. */
                "X-Callbus-Hops": components["parameters"]["callback-X-Callbus-Hops"];
                /** @description The publisher's W3C trace context. */
                traceparent?: components["parameters"]["callback-traceparent"];
                /** @description The same. */
                tracestate?: components["parameters"]["callback-tracestate"];
                /** @description The same. */
                baggage?: components["parameters"]["callback-baggage"];
                /** @description Where the receiver has been asked for permission: the name of this bus. */
                "WebHook-Request-Origin"?: components["parameters"]["callback-WebHook-Request-Origin"];
                /** @description `callbus/0.1.0` */
                "User-Agent"?: components["parameters"]["callback-User-Agent"];
                /** @description `identity` */
                "Accept-Encoding"?: components["parameters"]["callback-Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/cloudevents+json": components["schemas"]["DeliveredEvent"];
            };
        };
        responses: {
            /** @description The callback is confirmed, and in the formats of CloudEvents any other status below 300 confirms it. `confirm_pattern` changes that. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unless `confirm_pattern` confirms it, the receiver is gone: its subscription is disabled, and the event is held. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed. The next attempt comes after `Retry-After`. */
            429: {
                headers: {
                    /** @description Seconds, or a date. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed. The next attempt comes after `Retry-After`. */
            503: {
                headers: {
                    /** @description Seconds, or a date. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed: the next attempt comes after a pause, until `max_attempts` are made. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    receiveBinaryCloudEvent: {
        parameters: {
            query?: never;
            header: {
                /** @description The same for every attempt and replay of an event at a subscription. A receiver recognizes repeats by it. */
                "webhook-id": components["parameters"]["callback-webhook-id"];
                /** @description The seconds since 1970 at which the attempt was made. */
                "webhook-timestamp": components["parameters"]["callback-webhook-timestamp"];
                /** @description Where the subscription has a secret: `v1,` and the HMAC-SHA256 of `webhook-id.webhook-timestamp.body` in base64. After a rotation there are several, separated by spaces. */
                "webhook-signature"?: components["parameters"]["callback-webhook-signature"];
                /** @description The number of the attempt, from 1. */
                "X-Callbus-Attempt": components["parameters"]["callback-X-Callbus-Attempt"];
                /** @description The length of the chain of callbacks, from 1. A receiver that publishes because of the callback passes it on. */
                "X-Callbus-Hops": components["parameters"]["callback-X-Callbus-Hops"];
                /** @description The publisher's W3C trace context. */
                traceparent?: components["parameters"]["callback-traceparent"];
                /** @description The same. */
                tracestate?: components["parameters"]["callback-tracestate"];
                /** @description The same. */
                baggage?: components["parameters"]["callback-baggage"];
                /** @description Where the receiver has been asked for permission: the name of this bus. */
                "WebHook-Request-Origin"?: components["parameters"]["callback-WebHook-Request-Origin"];
                /** @description `callbus/0.1.0` */
                "User-Agent"?: components["parameters"]["callback-User-Agent"];
                /** @description `identity` */
                "Accept-Encoding"?: components["parameters"]["callback-Accept-Encoding"];
                /** @description In binary mode: the attribute `specversion`, percent-encoded. */
                "ce-specversion"?: components["parameters"]["callback-ce-specversion"];
                /** @description In binary mode: the attribute `id`, percent-encoded. */
                "ce-id"?: components["parameters"]["callback-ce-id"];
                /** @description In binary mode: the attribute `source`, percent-encoded. */
                "ce-source"?: components["parameters"]["callback-ce-source"];
                /** @description In binary mode: the attribute `type`, percent-encoded. */
                "ce-type"?: components["parameters"]["callback-ce-type"];
                /** @description In binary mode: the attribute `accountid`, percent-encoded. */
                "ce-accountid"?: components["parameters"]["callback-ce-accountid"];
                /** @description In binary mode: the attribute `time`, percent-encoded. */
                "ce-time"?: components["parameters"]["callback-ce-time"];
                /** @description In binary mode: the attribute `subject`, percent-encoded. */
                "ce-subject"?: components["parameters"]["callback-ce-subject"];
                /** @description In binary mode: the attribute `dataschema`, percent-encoded. */
                "ce-dataschema"?: components["parameters"]["callback-ce-dataschema"];
                /** @description In binary mode: the attribute `eventbusid`, percent-encoded. */
                "ce-eventbusid"?: components["parameters"]["callback-ce-eventbusid"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "*/*": unknown;
                "application/cloudevents+json": components["schemas"]["DeliveredEvent"];
            };
        };
        responses: {
            /** @description The callback is confirmed, and in the formats of CloudEvents any other status below 300 confirms it. `confirm_pattern` changes that. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unless `confirm_pattern` confirms it, the receiver is gone: its subscription is disabled, and the event is held. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed. The next attempt comes after `Retry-After`. */
            429: {
                headers: {
                    /** @description Seconds, or a date. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed. The next attempt comes after `Retry-After`. */
            503: {
                headers: {
                    /** @description Seconds, or a date. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not confirmed: the next attempt comes after a pause, until `max_attempts` are made. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    allowCallbacks: {
        parameters: {
            query?: never;
            header: {
                /** @description The name of this bus. */
                "WebHook-Request-Origin": string;
                /** @description `callbus/0.1.0` */
                "User-Agent"?: components["parameters"]["callback-User-Agent"];
                /** @description `identity` */
                "Accept-Encoding"?: components["parameters"]["callback-Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The permission. Without it events are held, and the receiver is asked again. */
            default: {
                headers: {
                    /** @description The name of this bus, or `*`. */
                    "WebHook-Allowed-Origin"?: string;
                    /** @description The most callbacks per minute of each worker; `*` for no limit. */
                    "WebHook-Allowed-Rate"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
type WithRequired<T, K extends keyof T> = T & {
    [P in K]-?: T[P];
};
