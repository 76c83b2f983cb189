import { Check, Minus } from 'lucide-react';
import type { PermissionGroup } from '@/lib/access/permissions';

/** What a set of permissions allows and what it does not, in the catalogue's order. */
export function PermissionList({ catalogue, held }: { catalogue: PermissionGroup[]; held: string[] }) {
  return (
    <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2">
      {catalogue.map(({ title, permissions }) => (
        <div key={title}>
          <h3 className="font-medium text-sm">{title}</h3>
          <ul className="mt-2 flex flex-col gap-1.5 text-sm">
            {permissions.map(({ key, description }) => {
              const allowed = held.includes(key);
              return (
                <li key={key} className={allowed ? 'flex gap-2' : 'flex gap-2 text-muted-foreground'}>
                  {allowed ? (
                    <Check aria-label="Allowed:" className="mt-0.5 size-4 shrink-0 text-primary" />
                  ) : (
                    <Minus aria-label="Not allowed:" className="mt-0.5 size-4 shrink-0" />
                  )}
                  {description}
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </div>
  );
}
