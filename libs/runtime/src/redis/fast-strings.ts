/** A function uses an inline cache for a property only after a few calls. */
const calls = 100;

/**
 * Makes the string methods of the process fast again after a module has declared `class … extends String`, as ioredis
 * does. Such a class makes V8 turn `String.prototype` into a dictionary. V8 then no longer compiles the methods into
 * the code that calls them: `charCodeAt` takes five times as long. Reading a property through an inline cache, from an
 * object that inherits from `String.prototype`, undoes this. Code that ran before stays slower, so call this at the
 * start.
 */
export function makeStringsFast(): void {
  const heir = Object.create(String.prototype) as object;
  const read = (object: object) => object.constructor;
  for (let call = 0; call < calls; call += 1) read(heir);
}
