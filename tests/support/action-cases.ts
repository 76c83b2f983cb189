import sharp from 'sharp';

/** One of everything of a clinic that an action can name. */
export type Ids = {
  patient: string;
  /** An import that takes rows, and one that waits for a decision. */
  uploading: string;
  checked: string;
  member: string;
  invitation: string;
  role: string;
  staff: string;
  alert: string;
  session: string;
};

/**
 * What an action is tried with: of the own clinic by a member without any permission, and of another clinic by its owner.
 * `foreign` says what it takes of a clinic's; `everybody` names what any member may do, to their own account and session alone.
 */
export type ActionCase = { input: (ids: Ids) => unknown; foreign: 'an id' | 'nothing'; everybody?: true };

const takesId = (input: ActionCase['input']): ActionCase => ({ input, foreign: 'an id' });
const takesNothing = (input: unknown = {}): ActionCase => ({ input: () => input, foreign: 'nothing' });
const ownAccount = (input: unknown = {}): ActionCase => ({ ...takesNothing(input), everybody: true });

const patient = { given_name: 'Case', family_name: 'Tried', birth_date: '1990-01-01', sex: 'unknown' };
const profile = {
  ...{ name: 'Case Clinic', contact_email: '', contact_phone: '', website: '', time_zone: 'Europe/Berlin', currency: 'eur', locale: 'de' },
  ...{ address_line1: '', address_line2: '', city: 'Case', region: '', postal_code: '', country: '' },
};
const token = 'x'.repeat(43);
const logo = new File(
  [
    await sharp({ create: { width: 64, height: 64, channels: 3, background: '#0b7174' } })
      .png()
      .toBuffer(),
  ],
  'logo.png',
  { type: 'image/png' },
);

/** The actions by which members work, in an order in which an owner's act leaves the next one its object. */
export const clinicActions: Record<string, ActionCase> = {
  searchPatients: takesId(({ patient: after }) => ({ search: '', archived: false, sort: 'name', descending: false, after, before: null })),
  addPatient: takesNothing(patient),
  editPatient: takesId(({ patient: id }) => ({ id, version: '1', ...patient })),
  archivePatient: takesId(({ patient: id }) => ({ id, version: 2, archived: true })),
  startImport: takesNothing({ fileName: 'case.csv', fields: ['given_name', 'family_name', 'birth_date'], dateOrder: 'ymd' }),
  sendImportRows: takesId(({ uploading }) => ({ importId: uploading, rows: [[2, ['A', 'B', '2000-01-01'], null]] })),
  checkImport: takesId(({ uploading }) => ({ importId: uploading })),
  askImportState: takesId(({ checked }) => ({ importId: checked })),
  listProblems: takesId(({ checked }) => ({ importId: checked, after: 0 })),
  decideImport: takesId(({ checked }) => ({ importId: checked, accept: false })),
  verifyLog: takesNothing({ after: 0 }),
  resolveAlert: takesId(({ alert }) => ({ alert, note: 'It was a case of the tests.' })),
  saveProfile: takesNothing(profile),
  saveBrand: takesNothing({ brand_color: '#0b7174' }),
  saveLogo: takesNothing({ logo }),
  removeLogo: takesNothing(),
  saveSessionLimits: takesNothing({ session_idle_minutes: '30', session_hours: '10' }),
  saveSecondFactorRule: takesId(({ role }) => ({ rule: 'roles', roles: [role], from: '2099-01-01' })),
  invitePeople: takesId(({ staff }) => ({ emails: 'case@invited.test', role: staff })),
  resendInvitation: takesId(({ invitation }) => ({ invitation })),
  revokeInvitation: takesId(({ invitation }) => ({ invitation })),
  endMemberSessions: takesId(({ member }) => ({ member })),
  changeMemberRole: takesId(({ member, staff }) => ({ member, role: staff })),
  offerOwnership: takesId(({ member }) => ({ member })),
  setMemberStatus: takesId(({ member }) => ({ member, status: 'deactivated' })),
  endOwnershipOffer: takesNothing(),
  acceptOwnership: takesNothing(),
  removeMember: takesId(({ member }) => ({ member })),
  saveRole: takesId(({ role }) => ({ role, name: 'Case role', 'permission:patients.read': 'on' })),
  deleteRole: takesId(({ role }) => ({ role })),
  preview: takesNothing({ plan: 'starter', interval: 'month' }),
  choose: takesNothing({ plan: 'starter', interval: 'month', way: 'checkout' }),
  manage: takesNothing(),
  look: takesNothing(),
  cancel: takesNothing({ reason: 'unused', comment: '' }),
  takeBack: takesNothing(),
  pay: takesNothing(),
  endSession: { ...takesId(({ session }) => ({ session })), everybody: true },
  endOtherSessions: ownAccount(),
  askSessionState: ownAccount(),
  prolongSession: ownAccount(),
  changeName: ownAccount({ fullName: 'Case Name' }),
  changeEmail: ownAccount({ email: 'case@changed.test', currentPassword: 'wrong words of nobody' }),
  changePassword: ownAccount({ currentPassword: 'wrong words of nobody', password: 'new words of the case' }),
  resendVerification: ownAccount(),
  switchClinic: ownAccount({ slug: 'alder' }),
  beginSecondFactor: ownAccount({ currentPassword: 'wrong words of nobody' }),
  completeSecondFactor: ownAccount({ ticket: token, code: '000000' }),
  replaceRecoveryCodes: ownAccount(),
  removeSecondFactor: ownAccount(),
  proveAgain: ownAccount({ code: '000000' }),
  signOut: ownAccount(),
};

/** Actions of the entrances, where nobody belongs to a clinic yet: they take words, codes and tokens, and nothing of a clinic. */
export const entranceActions = [
  ...[
    'acceptInvite',
    'confirmEnrolment',
    'enterCode',
    'signInToPlatform',
    'signOutOfPlatform',
    'confirmEmailChange',
    'enterByCode',
    'findClinics',
    'joinClinic',
    'proveSecondFactor',
    'readInvitation',
    'requestReset',
  ],
  ...['resetPassword', 'signIn', 'signUp', 'verifyEmail'],
];

/** Actions of the platform's own area, which name clinics and what is theirs; a clinic's owner is refused each. */
export const platformActions: Record<string, (ids: Ids & { clinic: string }) => unknown> = {
  placeHold: ({ clinic }) => ({ clinic, reason: 'A case of the tests.' }),
  liftHold: ({ clinic }) => ({ clinic, reason: 'A case of the tests.' }),
  grantLimit: ({ clinic }) => ({ clinic, metric: 'patients', limit: '7', until: '', reason: 'A case of the tests.' }),
  grantFeature: ({ clinic }) => ({ clinic, feature: 'import', granted: 'yes', until: '', reason: 'A case of the tests.' }),
  takeBackOverride: ({ clinic }) => ({ clinic, key: 'calls' }),
  retryEvent: () => ({ event: 'evt_of_alder' }),
  closeBillingAlert: () => ({ alert: 1 }),
};

/** Actions of the build that no list has, and listed ones that the build has not, each with the remedy. */
export function unlistedActions(actions: { name: string; file: string }[]): string[] {
  const listed = [...Object.keys(clinicActions), ...entranceActions, ...Object.keys(platformActions)];
  const twice = actions.filter(({ name, file }) => actions.some((other) => other.name === name && other.file < file));
  return [
    ...twice.map(({ name, file }) => `${file}: there is another action called ${name}: give it a name of its own`),
    ...actions
      .filter(({ name }) => !listed.includes(name))
      .map(({ name, file }) => `${file}: ${name} has no case: add one, with an id of another clinic, in tests/support/action-cases.ts`),
    ...listed
      .filter((name) => !actions.some((action) => action.name === name))
      .map((name) => `${name} is no action any more: take it out of tests/support/action-cases.ts`),
  ];
}
