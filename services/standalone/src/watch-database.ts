const intervalMs = 1_000;

/** Pings the database regularly, so that readiness can be answered at once. */
export function watchDatabase(ping: () => Promise<unknown>) {
  let isUp = true;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function look(): Promise<void> {
    isUp = await ping().then(
      () => true,
      () => false,
    );
    if (!isStopped) timer = setTimeout(() => void look(), intervalMs);
  }
  void look();

  return {
    isUp: () => isUp,
    stop(): void {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
