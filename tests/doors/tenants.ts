import type { Doors } from '../support/doors';

export default {
  entranceActions: ['findClinics', 'signUp'],
  openRoutes: { anybody: ['POST /api/provision-tenant', 'GET /api/subdomain-availability'] },
  functions: {
    anon: ['subdomain_status'],
    authenticated: ['subdomain_status'],
    service_role: ['abandon_signup', 'provision_tenant', 'request_clinic_list', 'reserve_subdomain', 'subdomain_status'],
  },
} satisfies Doors;
