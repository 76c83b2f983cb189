import { administrators, roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.tenant_settings',
  may: { select: roleKeys, update: administrators },
  opens: { 'settings.read': ['select'] },
  columns: [
    ...['contact_email', 'contact_phone', 'website', 'brand_color', 'session_idle_minutes', 'session_hours'],
    ...['address_line1', 'address_line2', 'city', 'region', 'postal_code', 'country'],
  ],
  change: `city = 'Changed'`,
} satisfies TenantTable;
