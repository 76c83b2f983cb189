import { type Doors, takesId, takesNothing } from '../support/doors';

const patient = { given_name: 'Case', family_name: 'Tried', birth_date: '1990-01-01', sex: 'unknown' };
const hidden = { otherwise: { code: 'not_found', because: 'what a member may not read does not exist for them' } };

export default {
  actions: {
    searchPatients: takesId((id) => ({
      search: '',
      archived: false,
      sort: 'name',
      descending: false,
      after: id('patients'),
      before: null,
    })),
    addPatient: takesNothing(patient),
    editPatient: takesId((id) => ({ id: id('patients'), version: '1', ...patient }), hidden),
    archivePatient: takesId((id) => ({ id: id('patients'), version: 2, archived: true }), hidden),
    startImport: takesNothing({ fileName: 'case.csv', fields: ['given_name', 'family_name', 'birth_date'], dateOrder: 'ymd' }),
    sendImportRows: takesId((id) => ({ importId: id('patient_imports uploading'), rows: [[2, ['A', 'B', '2000-01-01'], null]] })),
    checkImport: takesId((id) => ({ importId: id('patient_imports uploading') })),
    askImportState: takesId((id) => ({ importId: id('patient_imports checked') }), hidden),
    listProblems: takesId((id) => ({ importId: id('patient_imports checked'), after: 0 })),
    decideImport: takesId((id) => ({ importId: id('patient_imports checked'), accept: false })),
  },
  routes: { 'POST /api/patients/export': { body: { archived: false } } },
  pages: {
    '/patients': { mark: (slug) => `${slug}-patient`, broken: true },
    '/patients/[id]': { address: (id) => `/patients/${id('patients')}` },
    '/patients/[id]/edit': { address: (id) => `/patients/${id('patients')}/edit` },
    '/patients/import': { mark: (slug) => `${slug}.csv` },
    '/patients/import/[id]': { address: (id) => `/patients/import/${id('patient_imports checked')}` },
    '/patients/new': { unmarked: 'a form of nothing yet' },
  },
  functions: {
    authenticated: [
      'check_patient_import',
      'decide_patient_import',
      'export_patients',
      'list_import_problems',
      'list_patients',
      'open_patient',
      'read_patient',
      'stage_patient_rows',
      'start_patient_export',
      'start_patient_import',
    ],
  },
} satisfies Doors;
