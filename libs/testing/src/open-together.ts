/** Registers the close of something that is being opened. @returns the same promise */
export type Opening = <T>(opened: Promise<T>, close: (opened: T) => unknown) => Promise<T>;

/**
 * Opens several things. When one of them fails, the others are closed, the last one first, and the failure is thrown.
 */
export async function openTogether<T>(open: (opening: Opening) => Promise<T>): Promise<T> {
  const closers: (() => Promise<unknown>)[] = [];
  const opening: Opening = (opened, close) => {
    closers.push(() => opened.then(close));
    return opened;
  };
  try {
    return await open(opening);
  } catch (error) {
    // Failures to close are ignored, because the first failure is thrown.
    for (const close of closers.reverse()) await close().catch(() => undefined);
    throw error;
  }
}
