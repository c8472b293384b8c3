/** Calls `onKey` for each key that is pressed in a terminal. @returns ends that */
export function followKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  // Keys that are pressed quickly come together.
  const read = (chunk: Buffer) => {
    for (const key of chunk.toString()) onKey(key);
  };
  stdin.setRawMode(true).resume().on('data', read);
  return () => {
    stdin.off('data', read).setRawMode(false).pause();
  };
}
