'use client';

import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from '@/components/ui/cn';
import { Input, inputClasses } from '@/components/ui/input';
import { useFieldError } from './action-form';

type FieldProps = { name: string; label: ReactNode; hint?: ReactNode; className?: string };

/** The ids and states that tie a control to its label, hint and error. */
function useField(name: string, hint?: ReactNode) {
  const id = useId();
  const error = useFieldError(name);
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  return { id, error, control: { id, name, 'aria-invalid': error ? true : undefined, 'aria-describedby': described } };
}

function Frame({
  id,
  label,
  hint,
  error,
  className,
  children,
}: {
  id: string;
  label: ReactNode;
  hint?: ReactNode;
  error?: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      {children}
      {error && (
        <p id={`${id}-error`} className="text-destructive text-sm">
          {error}
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} className="text-muted-foreground text-sm">
          {hint}
        </div>
      )}
    </div>
  );
}

export function TextField({ name, label, hint, className, ...props }: FieldProps & Omit<ComponentProps<'input'>, 'name'>) {
  const { id, error, control } = useField(name, hint);
  return (
    <Frame id={id} label={label} hint={hint} error={error} className={className}>
      <Input {...props} {...control} />
    </Frame>
  );
}

export function TextareaField({ name, label, hint, className, ...props }: FieldProps & Omit<ComponentProps<'textarea'>, 'name'>) {
  const { id, error, control } = useField(name, hint);
  return (
    <Frame id={id} label={label} hint={hint} error={error} className={className}>
      <textarea className={cn(inputClasses, 'min-h-28 py-2')} {...props} {...control} />
    </Frame>
  );
}

export function SelectField({ name, label, hint, className, children, ...props }: FieldProps & Omit<ComponentProps<'select'>, 'name'>) {
  const { id, error, control } = useField(name, hint);
  return (
    <Frame id={id} label={label} hint={hint} error={error} className={className}>
      <select className={cn(inputClasses, 'h-10')} {...props} {...control}>
        {children}
      </select>
    </Frame>
  );
}

export function CheckboxField({
  name,
  label,
  className,
  ...props
}: Omit<FieldProps, 'hint'> & Omit<ComponentProps<'input'>, 'name' | 'type'>) {
  const { id, error, control } = useField(name);
  return (
    <div className={cn('flex flex-col gap-1', className)}>
      <div className="flex items-start gap-3">
        <input
          type="checkbox"
          className="mt-0.5 size-4.5 shrink-0 rounded accent-primary focus-visible:ring-3 focus-visible:ring-ring/50"
          {...props}
          {...control}
        />
        <label htmlFor={id} className="text-sm leading-snug">
          {label}
        </label>
      </div>
      {error && (
        <p id={`${id}-error`} className="text-destructive text-sm">
          {error}
        </p>
      )}
    </div>
  );
}
