import { type Doors, takesId, takesNothing } from '../support/doors';

export default {
  actions: {
    verifyLog: takesNothing({ after: 0 }),
    resolveAlert: takesId((id) => ({ alert: id('security_events'), note: 'It was a case of the tests.' })),
  },
  routes: { 'POST /api/activity/export': { body: {}, foreign: (id) => ({ record: id('patients') }) } },
  pages: {
    '/activity': { mark: () => 'Added a patient', broken: true },
    '/activity/alerts': { mark: () => 'Many refusals', broken: true },
  },
  functions: {
    authenticated: ['audit_filters', 'list_alerts', 'list_audit', 'resolve_alert', 'start_audit_export', 'verify_audit'],
  },
} satisfies Doors;
