export const roleKeys = ['owner', 'admin', 'practitioner', 'staff', 'billing'] as const;
export type RoleKey = (typeof roleKeys)[number];

/** Members of any role, one without a single permission included. */
export const everybody = [...roleKeys, 'bare'] as const;
export type Member = (typeof everybody)[number];

export const administrators = ['owner', 'admin'] as const;
export const accountRunners = ['owner', 'billing'] as const;
export const billingReaders = ['owner', 'admin', 'billing'] as const;
export const patientReaders = ['owner', 'admin', 'practitioner', 'staff'] as const;
