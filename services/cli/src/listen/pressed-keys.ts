/** Calls `onKey` for each key that is pressed in a terminal. @returns ends that */
export function followKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => undefined;
  const read = (chunk: Buffer) => onKey(chunk.toString());
  stdin.setRawMode(true).resume().on('data', read);
  return () => {
    stdin.off('data', read).setRawMode(false).pause();
  };
}
