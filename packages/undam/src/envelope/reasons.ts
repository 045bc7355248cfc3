/** All reasons for a quarantine. */
export const quarantineReasons = [
  'attempts-exhausted',
  'permanent',
  'undecodable',
  'timed-out',
  'crashed',
  'parked',
  'held-too-long',
] as const;

/** A reason for a quarantine. */
export type QuarantineReason = (typeof quarantineReasons)[number];
