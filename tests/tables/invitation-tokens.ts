import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.invitation_tokens',
  may: {},
  needs: ['public.invitations'],
  row: {
    invitation_id: '(select id from public.invitations where tenant_id = clinic.id)',
    token_hash: 'sha256(gen_random_uuid()::text::bytea)',
  },
  acrossClinics: { 'private.invitation_tokens_token_hash_key': 'the hash of 256 random bits' },
} satisfies TenantTable;
