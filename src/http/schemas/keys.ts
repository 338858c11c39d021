/** Bodies of the routes for signing keys, and what they are answered with. */
import { z } from 'zod';
import { REPLACEABLE } from '../../verifier/key-ports.js';
import { Instant, orNull, pageOf, shortText } from './common.js';

const Algorithm = z.enum(['ES256', 'RS256']).openapi({ example: 'ES256' });
const Reason = shortText(256).openapi({ example: 'a backup with its KEK was copied' });

export const RotationBody = z
  .strictObject({
    alg: Algorithm.optional().openapi({ description: 'Both when left out' }),
    emergency: z.boolean().optional().openapi({
      description:
        'A key may be in other hands: new ones sign at once, all older ones and what they signed stop counting',
      example: false,
    }),
    purpose: z.enum(REPLACEABLE).optional().openapi({
      description:
        'With `emergency`: only what is for this. All of it when left out, or token keys alone where `alg` is given',
    }),
    reason: Reason.optional().openapi({ description: 'With `emergency`, and then mandatory' }),
  })
  .openapi('KeyRotation');

export const SigningKeyReply = z
  .strictObject({
    kid: z.string().openapi({
      description: 'RFC 7638 thumbprint',
      example: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
    }),
    alg: Algorithm,
    purpose: z.enum(['token', 'bundle']).openapi({ example: 'token' }),
    state: z.enum(['published', 'active', 'retired', 'removed']).openapi({
      description:
        '`published`: it will sign; `active`: it signs; `retired`: what it signed still counts; `removed`: nothing of it counts',
      example: 'active',
    }),
    published_at: Instant,
    active_from: Instant.openapi({ description: 'Of a published key: from when on it will sign' }),
    retired_at: orNull(Instant),
    removed_at: orNull(Instant),
    reason: orNull(z.string()).openapi({
      description: 'Why it was removed at once; null: it was not',
      example: null,
    }),
  })
  .openapi('SigningKeyState');
export const SigningKeyPage = pageOf(SigningKeyReply, 'SigningKeyPage');

const RemovedAuthorityReply = z
  .strictObject({
    audience: z.string().openapi({ example: 'kbs' }),
    kid: z.string().openapi({ description: 'RFC 7638 thumbprint of its key' }),
    removed_at: Instant,
  })
  .openapi('RemovedAuthority');

export const RotationReply = z
  .strictObject({
    keys: z.array(SigningKeyReply),
    authorities: z.array(RemovedAuthorityReply).openapi({
      description:
        'Of audiences with `key_header` `x5c`: readers of their tokens must be given the next one, and trust this one no more',
    }),
  })
  .openapi('KeysRotated');
