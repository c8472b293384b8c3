const isOwnImport = (path, basedir) =>
  path.startsWith('.') && path.endsWith('.js') && !basedir.includes('node_modules');

/** TypeScript imports the file that will be built, `./step.js`; the tests run the one that is written, `./step.ts`. */
module.exports = (path, options) =>
  isOwnImport(path, options.basedir)
    ? options.defaultResolver(path, { ...options, extensionAlias: { '.js': ['.ts', '.js'] } })
    : options.defaultResolver(path, options);
