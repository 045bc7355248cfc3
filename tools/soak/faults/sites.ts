/** Where something can go wrong in a run. Each is on or off per run, and fires then with a chance of its own. */
export const sites = [
  'handler-throws',
  'handler-throws-permanently',
  'handler-fails-for-a-while',
  'handler-says-outage',
  'handler-hangs',
  'handler-is-slow',
  'handler-answers-nothing-readable',
  'handler-throws-for-the-batch',
  'process-crashes',
  'stray-rejection',
  'dies-behind-answer',
  'event-loop-blocked',
  'decoder-throws',
  'decoder-throws-permanently',
  'decoder-says-outage',
  'decoder-hangs',
  'decoder-is-slow',
  'decoder-blocks',
  'decoder-crashes',
  'sink-throttles',
  'sink-takes-a-part',
  'sink-times-out',
  'sink-answer-lost',
  'ledger-read-fails',
  'ledger-write-fails',
  'ledger-hangs',
  'ledger-is-stale',
  'marks-fail',
  'table-throttles',
  'table-answer-lost',
  'environment-recycled',
  'invocation-throttled',
  'duplicate-delivery',
  'expired-prefix',
  'reshard',
  'clock-step',
  'downstream-outage',
] as const;

export type Site = (typeof sites)[number];

/** Built, and off unless asked for: the laws are not yet promised in full for an outage. */
export const offByDefault: ReadonlySet<Site> = new Set<Site>(['downstream-outage']);

/** How often each site fired. */
export type SiteCounts = Record<Site, number>;

export function noSites(): SiteCounts {
  return Object.fromEntries(sites.map((site) => [site, 0])) as SiteCounts;
}
