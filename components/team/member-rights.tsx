'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { ConfirmButton } from '@/components/form/confirm-button';
import { changeMemberRole, offerOwnership, removeMember, setMemberStatus } from '@/lib/team/actions';
import type { MemberStatus as MemberStatusName, RoleSummary } from '@/lib/team/schema';
import { RoleChoice } from './role-choice';

/** Gives a member another role. */
export function MemberRole({ member, current, roles }: { member: string; current: string; roles: RoleSummary[] }) {
  return (
    <ActionForm action={changeMemberRole} className="flex flex-col gap-4">
      <input type="hidden" name="member" value={member} />
      <RoleChoice roles={roles} current={current} />
      <SubmitButton variant="outline" className="self-start">
        Change the role
      </SubmitButton>
    </ActionForm>
  );
}

type MemberStatusProps = { member: string; name: string; status: MemberStatusName; canUpdate: boolean; canRemove: boolean };

/** Pauses a membership, lets it go on, or ends it. */
export function MemberStatus({ member, name, status, canUpdate, canRemove }: MemberStatusProps) {
  return (
    <div className="flex flex-wrap gap-2">
      {canUpdate && status === 'active' && (
        <ConfirmButton
          label="Deactivate"
          title={`Deactivate ${name}?`}
          confirm="Deactivate"
          action={setMemberStatus}
          input={{ member, status: 'deactivated' }}
        >
          <p>
            Their sessions at this clinic end at once, and they cannot sign in until you reactivate them. Someone else can use their place
            in the plan.
          </p>
        </ConfirmButton>
      )}
      {canUpdate && status === 'deactivated' && (
        <ConfirmButton
          label="Reactivate"
          title={`Reactivate ${name}?`}
          confirm="Reactivate"
          action={setMemberStatus}
          input={{ member, status: 'active' }}
        >
          <p>They can sign in again with their role, and take a place in the plan.</p>
        </ConfirmButton>
      )}
      {canRemove && (
        <ConfirmButton label="Remove from the clinic" title={`Remove ${name}?`} confirm="Remove" action={removeMember} input={{ member }}>
          <p>Their sessions at this clinic end at once. What they did stays in the log. To come back they need a new invitation.</p>
        </ConfirmButton>
      )}
    </div>
  );
}

/** Offers the clinic to a member. */
export function OfferOwnership({ member, name }: { member: string; name: string }) {
  return (
    <ConfirmButton
      label="Offer the clinic"
      title={`Hand the clinic over to ${name}?`}
      confirm="Send the offer"
      action={offerOwnership}
      input={{ member }}
    >
      <p>
        {name} gets a mail and has seven days to accept. With that they become owner, and you become administrator: the plan and the way to
        pay are theirs from then on.
      </p>
    </ConfirmButton>
  );
}
