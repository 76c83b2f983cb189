'use client';

import { useState } from 'react';
import { useFieldError } from '@/components/form/action-form';
import { CodeField } from './code-field';

/** The field for a second factor, from when the server has asked for one. */
export function CodeWhenAsked() {
  const error = useFieldError('code');
  const [asked, setAsked] = useState(false);
  if (error && !asked) setAsked(true);
  return asked || error ? <CodeField accepts="reset" /> : null;
}
