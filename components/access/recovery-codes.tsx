'use client';

import { useState } from 'react';
import { saveFile } from '@/components/form/save-file';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { formatDay } from '@/lib/time/format';

/** Fresh recovery codes, which are shown this once. */
export function RecoveryCodes({ codes, notice, onDone }: { codes: string[]; notice: string; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  const text = `Recovery codes for YourCRM, ${formatDay(new Date(), 'UTC')}\n${codes.join('\n')}\n`;
  return (
    <div className="flex flex-col gap-4">
      <Alert kind="notice">
        Keep these recovery codes where you keep what matters, apart from your phone. Each works once in place of the app, and they are
        never shown again. {notice}
      </Alert>
      <ul aria-label="Recovery codes" className="grid gap-x-6 gap-y-1 rounded-lg border bg-muted/40 p-4 font-mono text-sm sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button variant="outline" onClick={() => saveFile(new Blob([text], { type: 'text/plain' }), 'recovery-codes.txt')}>
          Save as a file
        </Button>
        <Button variant="outline" onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
        <Button onClick={onDone}>I have kept them</Button>
      </div>
    </div>
  );
}
