'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { CheckboxField, TextField } from '@/components/form/fields';
import type { PermissionGroup } from '@/lib/access/permissions';
import { saveRole } from '@/lib/team/actions';

type RoleFormProps = {
  /** The role that is changed; a new one without it. */
  id?: string;
  name: string;
  description: string;
  permissions: string[];
  catalogue: PermissionGroup[];
  /** What the caller holds, and so may give. */
  held: string[];
};

/** A role of the clinic's own: a name, what it is for, and a box for each permission. */
export function RoleForm({ id, name, description, permissions, catalogue, held }: RoleFormProps) {
  const locked = catalogue.flatMap((group) => group.permissions).filter(({ key }) => !held.includes(key));
  return (
    <ActionForm action={saveRole} className="flex flex-col gap-6">
      {id && <input type="hidden" name="role" value={id} />}
      {id && <input type="hidden" name="loaded" value={permissions.join(' ')} />}
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField name="name" label="Name" defaultValue={name} maxLength={60} required autoComplete="off" />
        <TextField name="description" label="What it is for" defaultValue={description} maxLength={200} autoComplete="off" />
      </div>
      <p className="text-muted-foreground text-sm">
        To let people change something, also tick that they see it.
        {locked.length > 0 && ' Locked boxes are for what you may not do yourself: nobody can give or take that away.'}
      </p>
      <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2">
        {catalogue.map((group) => (
          <fieldset key={group.title}>
            <legend className="font-medium text-sm">{group.title}</legend>
            <div className="mt-2.5 flex flex-col gap-2.5">
              {group.permissions.map(({ key, description: label }) => {
                const checked = permissions.includes(key);
                const mayGive = held.includes(key);
                return (
                  <div key={key}>
                    {/* A locked box is not sent along: what it says stays as it is. */}
                    {checked && !mayGive && <input type="hidden" name="permissions[]" value={key} />}
                    <CheckboxField name="permissions[]" value={key} label={label} defaultChecked={checked} disabled={!mayGive} />
                  </div>
                );
              })}
            </div>
          </fieldset>
        ))}
      </div>
      <SubmitButton className="self-start">{id ? 'Save the role' : 'Make the role'}</SubmitButton>
    </ActionForm>
  );
}
