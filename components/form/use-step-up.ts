'use client';

import { createContext, useContext } from 'react';

/** Asks for the second factor; answers whether it was proven. */
export const StepUpContext = createContext<() => Promise<boolean>>(async () => false);

/** Asks for the second factor once more, where an action needs a fresh proof. */
export const useStepUp = () => useContext(StepUpContext);
