'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextareaField } from '@/components/form/fields';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import { formatNumber } from '@/lib/infra/numbers';
import { invitePeople } from '@/lib/team/actions';
import type { InviteAnswer, RoleSummary } from '@/lib/team/schema';
import { RoleChoice } from './role-choice';

function Outcome({ answer }: { answer: InviteAnswer }) {
  const { invited, waiting, members } = answer;
  const count = `${invited.length} ${invited.length === 1 ? 'person is' : 'people are'} invited.`;
  return (
    <Alert kind={invited.length > 0 ? 'success' : 'notice'}>
      <p>
        {invited.length > 0 ? count : 'Nobody new was invited.'}{' '}
        <Link href="/team/invitations" className="underline underline-offset-4">
          See invitations
        </Link>
      </p>
      {waiting.length > 0 && <p className="mt-1 break-words">Invited already: {waiting.join(', ')}</p>}
      {members.length > 0 && <p className="mt-1 break-words">Members already, deactivated ones included: {members.join(', ')}</p>}
    </Alert>
  );
}

/** Invites one person or a pasted list. */
export function InviteForm({ roles, free }: { roles: RoleSummary[]; free: number | null }) {
  const [answers, setAnswers] = useState<InviteAnswer[]>([]);
  const last = answers.at(-1);
  const router = useRouter();

  function done(answer: InviteAnswer) {
    setAnswers([...answers, answer]);
    // The room that is left.
    router.refresh();
  }

  return (
    <div className="flex flex-col gap-5">
      {last && <Outcome answer={last} />}
      <ActionForm key={answers.length} action={invitePeople} onDone={done} className="flex flex-col gap-5">
        <TextareaField
          name="emails"
          label="E-mail addresses"
          required
          spellCheck={false}
          autoCapitalize="none"
          placeholder="name@clinic.com"
          hint={`One, or a list of up to 100, separated by commas or new lines.${free === null ? '' : ` Your plan has room for ${formatNumber(free)} more.`}`}
        />
        <RoleChoice roles={roles} />
        <SubmitButton className="self-start">Send invitations</SubmitButton>
      </ActionForm>
    </div>
  );
}
