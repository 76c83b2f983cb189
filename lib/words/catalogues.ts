// Every domain’s catalogue; `npm run fix` writes this file.
import access from '@/lib/access/words/en.json';
import audit from '@/lib/audit/words/en.json';
import billing from '@/lib/billing/words/en.json';
import patients from '@/lib/patients/words/en.json';
import platform from '@/lib/platform/words/en.json';
import settings from '@/lib/settings/words/en.json';
import team from '@/lib/team/words/en.json';
import tenants from '@/lib/tenants/words/en.json';
import usage from '@/lib/usage/words/en.json';

export const catalogues = {
  access,
  audit,
  billing,
  patients,
  platform,
  settings,
  team,
  tenants,
  usage,
};
