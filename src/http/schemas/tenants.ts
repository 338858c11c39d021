/** Tenants, as whoever runs the service creates and lists them. */
import { z } from 'zod';
import { RESERVED_TENANTS, TENANT_NAME } from '../tenant-name.js';
import { Instant, pageOf, shortText } from './common.js';
import { ApiKeyCreated } from './operator.js';

const reserved = RESERVED_TENANTS.join('|');

export const TenantName = z
  .string()
  .regex(
    new RegExp(`^(?!(?:${reserved})$)${TENANT_NAME}$`),
    `must be 1 to 40 of a-z 0-9 -, begin with a letter or digit, and be none of ${RESERVED_TENANTS.join(' ')}`,
  )
  .openapi({ example: 'acme' });

export const TenantBody = z
  .strictObject({
    name: TenantName,
    description: shortText(1024).optional().openapi({
      description: 'For whoever runs the service; the tenant is not shown it',
      example: 'Acme, contract 4711',
    }),
  })
  .openapi('NewTenant');

const record = {
  name: z.string().openapi({ example: 'acme' }),
  issuer: z.url().openapi({ example: 'http://localhost:8080/t/acme' }),
  realm: z.enum(['genuine', 'simulated']).openapi({
    description: 'Whose evidence it takes: real vendors’, or that of the simulated ones',
    example: 'genuine',
  }),
  description: z.string().nullable().openapi({ example: 'Acme, contract 4711' }),
  created_at: Instant,
};

export const TenantRecordReply = z.strictObject(record).openapi('TenantRecord');
export const TenantPage = pageOf(TenantRecordReply, 'TenantPage');
export const TenantCreated = z
  .strictObject({
    ...record,
    admin_key: ApiKeyCreated,
  })
  .openapi('TenantCreated', { description: '`admin_key`: its first key, with the role admin.' });
