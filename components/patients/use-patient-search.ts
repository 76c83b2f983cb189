'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import { searchPatients } from '@/lib/patients/actions';
import type { PatientPage } from '@/lib/patients/queries';
import type { ListQuery } from '@/lib/patients/schema';

type Found = { query: ListQuery; page: PatientPage };

const historyKey = 'patientSearch';

/**
 * Searches while a person types. The words are kept in the history entry, so that going back finds them again,
 * and nowhere else: not in the address, not in storage.
 */
export function usePatientSearch(initial: ListQuery) {
  const [search, setText] = useState('');
  const [found, setFound] = useState<Found>();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const latest = useRef(0);

  const run = useCallback(async (query: ListQuery) => {
    const mine = ++latest.current;
    setPending(true);
    const state = await searchPatients(query).catch(() => undefined);
    // A later search has been started: its answer counts, not this one.
    if (mine !== latest.current) return;
    setPending(false);
    setProblem(
      state?.status === 'ok'
        ? undefined
        : (state && 'message' in state && state.message) || 'The search could not be done. Please try again.',
    );
    if (state?.status === 'ok') setFound({ query, page: state.data });
  }, []);

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const setSearch = useCallback(
    (text: string) => {
      setText(text);
      window.history.replaceState({ ...window.history.state, [historyKey]: text }, '');
      clearTimeout(timer.current);
      if (text.trim() === '') {
        latest.current++;
        setFound(undefined);
        setPending(false);
        setProblem(undefined);
        return;
      }
      timer.current = setTimeout(() => void run({ ...initial, after: null, before: null, search: text.trim() }), 200);
    },
    [initial, run],
  );

  useEffect(() => {
    const kept: unknown = window.history.state?.[historyKey];
    if (typeof kept === 'string' && kept !== '') setSearch(kept);
    return () => clearTimeout(timer.current);
  }, [setSearch]);

  return { search, setSearch, found, pending, problem, go: run };
}
