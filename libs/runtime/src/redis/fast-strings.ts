/** V8 uses an inline cache for a property only after a few calls. */
const calls = 100;

/**
 * Makes string methods fast again after a module has declared `class … extends String`, as ioredis does. Because of such
 * a class, V8 turns `String.prototype` into a dictionary and no longer inlines the methods: `charCodeAt` takes five times
 * as long. This function undoes it: it reads a property through an inline cache from an object that inherits from
 * `String.prototype`. Code that ran before stays slower, so call this at the start.
 */
export function makeStringsFast(): void {
  const heir = Object.create(String.prototype) as object;
  const read = (object: object) => object.constructor;
  for (let call = 0; call < calls; call += 1) read(heir);
}
