'use client';

import { useId } from 'react';
import { useFieldError } from '@/components/form/action-form';
import type { RoleSummary } from '@/lib/team/schema';

/** The roles that may be given, each with what it is for. */
export function RoleChoice({ roles, current }: { roles: RoleSummary[]; current?: string }) {
  const error = useFieldError('role');
  const id = useId();
  return (
    <fieldset aria-describedby={error && id} className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">Role</legend>
      <div className="divide-y rounded-lg border">
        {roles.map((role) => (
          <label key={role.id} className="flex cursor-pointer items-start gap-3 px-4 py-3 text-sm has-checked:bg-muted/60">
            <input
              type="radio"
              name="role"
              value={role.id}
              defaultChecked={role.id === current}
              aria-invalid={error ? true : undefined}
              className="mt-0.5 size-4 shrink-0 accent-primary"
            />
            <span className="min-w-0">
              <span className="block wrap-anywhere font-medium">{role.name}</span>
              {role.description && <span className="block wrap-anywhere text-muted-foreground">{role.description}</span>}
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p id={id} className="text-destructive text-sm">
          {error}
        </p>
      )}
    </fieldset>
  );
}
