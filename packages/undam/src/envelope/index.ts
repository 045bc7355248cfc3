export { type EnvelopeAttribute, envelopeAttributes } from './attributes.ts';
export { decodeEnvelope } from './decode.ts';
export { type EnvelopeForm, encodeEnvelope } from './encode.ts';
export {
  type AttemptCounts,
  type Envelope,
  envelopeId,
  type KeptError,
  type Origin,
} from './envelope.ts';
export { keepError } from './kept-error.ts';
export type { QuarantineReason } from './reasons.ts';
