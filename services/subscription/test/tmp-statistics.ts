export function createRedisStatistics(_o: any): any {
  const m = new Map<number, any>();
  return { recordAttempt(a: any) { const t = m.get(a.subscription) ?? {total:0,failure:0,delivered:0}; t.total++; if (a.outcome!=='confirmed') t.failure++; m.set(a.subscription,t); }, count(s: number, c: string, by = 1) { const t = m.get(s) ?? {total:0,failure:0,delivered:0}; t[c]=(t[c]??0)+by; m.set(s,t); },
    totals: async () => m, attempts: async () => [], forget: async (s: number) => void m.delete(s), isReady: () => true, close: async () => {} };
}
