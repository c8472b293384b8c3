/** A function looks a property up in its inline cache only after a few calls. */
const calls = 100;

/**
 * Makes the methods of all strings of the process fast again, to be called after a module that says `class … extends String`, as ioredis
 * does. By that V8 turns `String.prototype` into a dictionary, whose methods it compiles no more into the code that calls them:
 * `charCodeAt` takes five times as long. A property that is read by way of an inline cache, of an object that inherits from it, turns
 * it back. What ran before stays slower, so it has to happen at the start.
 */
export function makeStringsFast(): void {
  const heir = Object.create(String.prototype) as object;
  const read = (object: object) => object.constructor;
  for (let call = 0; call < calls; call += 1) read(heir);
}
