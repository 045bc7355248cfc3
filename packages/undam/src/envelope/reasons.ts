/** Why a record is quarantined. */
export const quarantineReasons = [
  'attempts-exhausted',
  'permanent',
  'undecodable',
  'timed-out',
  'crashed',
  'parked',
  'held-too-long',
] as const;

/** Why a record was quarantined. */
export type QuarantineReason = (typeof quarantineReasons)[number];
