'use client';

import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { cn } from '@/components/ui/cn';
import { inputClasses } from '@/components/ui/input';
import { formatNumber } from '@/lib/infra/numbers';
import { type DateOrder, dateOrders, fieldNames, type ImportField, importFields, requiredFields } from '@/lib/patients/import-fields';
import type { FilePreview } from './csv-file';
import { useImportUpload } from './use-import-upload';

type ImportMappingProps = {
  file: File;
  preview: FilePreview;
  initialMapping: (ImportField | null)[];
  initialDateOrder: DateOrder;
  onBack: () => void;
};

/** The second step: what each column holds, beside what stands in it. */
export function ImportMapping({ file, preview, initialMapping, initialDateOrder, onBack }: ImportMappingProps) {
  const [mapping, setMapping] = useState(initialMapping);
  const [dateOrder, setDateOrder] = useState(initialDateOrder);
  const { sent, problem, upload } = useImportUpload();
  const missing = requiredFields.filter((field) => !mapping.includes(field)).map((field) => importFields[field].label.toLowerCase());

  // A file may repeat a heading; its position is what names a column.
  const columns = preview.headings.map((heading, column) => ({ heading, column }));

  function assign(column: number, field: ImportField | null) {
    // A field chosen for a second column moves there.
    setMapping(mapping.map((current, index) => (index === column ? field : current === field ? null : current)));
  }

  if (sent !== null) {
    return (
      <Card className="flex flex-col gap-3">
        <h2 className="font-semibold">Sending {file.name}</h2>
        <progress aria-label="Sending" className="h-2 w-full accent-primary" />
        <p role="status" className="text-sm tabular-nums">
          {formatNumber(sent)} rows sent
        </p>
        <p className="text-muted-foreground text-sm">Keep this page open until the file is sent. Afterwards you can leave it.</p>
      </Card>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      {problem && <Alert kind="error">{problem}</Alert>}
      <Card className="flex flex-col gap-4">
        <div>
          <h2 className="break-words font-semibold">What the columns of {file.name} hold</h2>
          <p className="mt-1 text-muted-foreground text-sm">Columns that are left out never leave this computer.</p>
        </div>
        <ul className="divide-y">
          {columns.map(({ heading, column }) => (
            <li key={column} className="grid items-center gap-x-4 gap-y-1.5 py-2.5 sm:grid-cols-2">
              <div className="min-w-0">
                <label htmlFor={`column-${column}`} className="block break-words font-medium text-sm">
                  {heading || `Column ${column + 1}`}
                </label>
                <p className="truncate text-muted-foreground text-sm">
                  {preview.rows
                    .slice(0, 3)
                    .map((row) => row[column])
                    .filter(Boolean)
                    .join(', ') || 'empty'}
                </p>
              </div>
              <select
                id={`column-${column}`}
                value={mapping[column] ?? ''}
                onChange={(event) => assign(column, fieldNames.find((name) => name === event.currentTarget.value) ?? null)}
                className={cn(inputClasses, 'h-10', !mapping[column] && 'text-muted-foreground')}
              >
                <option value="">Leave out</option>
                {fieldNames.map((name) => (
                  <option key={name} value={name}>
                    {importFields[name].label}
                  </option>
                ))}
              </select>
            </li>
          ))}
        </ul>
        <div className="flex flex-col gap-1.5 border-t pt-4 sm:max-w-xs">
          <label htmlFor="date-order" className="font-medium text-sm">
            Dates are written like
          </label>
          <select
            id="date-order"
            value={dateOrder}
            onChange={(event) => setDateOrder(event.currentTarget.value as DateOrder)}
            className={cn(inputClasses, 'h-10')}
          >
            {Object.entries(dateOrders).map(([value, example]) => (
              <option key={value} value={value}>
                {example}
              </option>
            ))}
          </select>
        </div>
      </Card>
      {missing.length > 0 && <Alert kind="notice">Choose the column of {missing.join(' and of ')}.</Alert>}
      {missing.length === 0 && !mapping.includes('external_id') && (
        <Alert kind="notice">Without an external id nobody is recognised: importing this file again would add everybody again.</Alert>
      )}
      <div className="flex flex-wrap gap-3">
        <Button disabled={missing.length > 0} onClick={() => void upload(file, preview, mapping, dateOrder)}>
          Check the file
        </Button>
        <Button variant="outline" onClick={onBack}>
          Choose another file
        </Button>
      </div>
    </div>
  );
}
