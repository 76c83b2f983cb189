'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { SelectField } from '@/components/form/fields';
import { deleteRole } from '@/lib/team/actions';
import type { RoleSummary } from '@/lib/team/schema';

/** Deletes a role; while people have it, they get another. */
export function DeleteRole({ role, inUse, others }: { role: string; inUse: boolean; others: RoleSummary[] }) {
  return (
    <ActionForm action={deleteRole} className="flex flex-col gap-4">
      <input type="hidden" name="role" value={role} />
      {/* Offered always: somebody may get the role while this page is open. */}
      <SelectField
        name="reassign"
        label="Move its people to"
        hint={inUse ? 'Open invitations, too.' : 'Nobody has it at the moment.'}
        defaultValue=""
      >
        <option value="">{inUse ? 'Choose a role' : 'Nobody to move'}</option>
        {others.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SubmitButton variant="outline" className="self-start">
        Delete the role
      </SubmitButton>
    </ActionForm>
  );
}
