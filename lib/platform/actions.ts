'use server';

import { z } from 'zod';
import { signInSchema } from '@/lib/access/schema';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { sessionClient } from '@/lib/infra/supabase';
import {
  beginEnrolment,
  completeEnrolment,
  type Enrolment,
  endOverride,
  leavePlatform,
  liftHold as lift,
  overrideFeature,
  overrideLimit,
  placeHold as place,
  provePassword,
  proveSecondFactor,
  resolveBillingAlert,
  retryStripeEvent,
} from './commands';
import { assertPlatformHost, authorizePlatform } from './gate';
import {
  billingAlertSchema,
  codeSchema,
  enrolmentSchema,
  eventSchema,
  featureOverrideSchema,
  holdSchema,
  limitOverrideSchema,
  overrideEndSchema,
  welcomeSchema,
} from './schema';

const runSignIn = defineAction('platform-sign-in', signInSchema, async (input, facts) => {
  await assertPlatformHost();
  await provePassword(await sessionClient(), input, facts);
  return { to: '/second-factor' };
});
/** The first step into the platform. */
export async function signInToPlatform(input: unknown): Promise<FormState<Destination>> {
  return runSignIn(input);
}

const runSecondFactor = defineAction('platform-second-factor', codeSchema, async ({ code }, facts) => {
  await assertPlatformHost();
  await proveSecondFactor(await sessionClient(), code, facts);
  return { to: '/' };
});
/** The second step into the platform. */
export async function enterCode(input: unknown): Promise<FormState<Destination>> {
  return runSecondFactor(input);
}

const runBegin = defineAction('platform-welcome', welcomeSchema, async (input, facts) => {
  await assertPlatformHost();
  return beginEnrolment(await sessionClient(), input, facts);
});
/** Sets a new administrator's password and answers the second factor to enrol. */
export async function acceptInvite(input: unknown): Promise<FormState<Enrolment>> {
  return runBegin(input);
}

const runComplete = defineAction('platform-enrolment', enrolmentSchema, async (input, facts) => {
  await assertPlatformHost();
  await completeEnrolment(await sessionClient(), input, facts);
  return { to: '/' };
});
/** Proves a new administrator's second factor. */
export async function confirmEnrolment(input: unknown): Promise<FormState<Destination>> {
  return runComplete(input);
}

const runSignOut = defineAction('platform-sign-out', z.unknown(), async () => {
  await assertPlatformHost();
  await leavePlatform(await sessionClient());
  return { to: '/login' };
});
/** Ends the administrator's session. */
export async function signOutOfPlatform(_input: unknown): Promise<FormState<Destination>> {
  return runSignOut({});
}

const runPlace = defineAction('place-hold', holdSchema, async ({ clinic, reason }) => {
  await place(await authorizePlatform(), clinic, reason);
  return { to: `/clinics/${clinic}?saved=held` };
});
/** Pauses a clinic. */
export async function placeHold(input: unknown): Promise<FormState<Destination>> {
  return runPlace(input);
}

const runLift = defineAction('lift-hold', holdSchema, async ({ clinic, reason }) => {
  await lift(await authorizePlatform(), clinic, reason);
  return { to: `/clinics/${clinic}?saved=lifted` };
});
/** Ends the pause of a clinic. */
export async function liftHold(input: unknown): Promise<FormState<Destination>> {
  return runLift(input);
}

const runRetry = defineAction('retry-stripe-event', eventSchema, async ({ event }) => {
  await retryStripeEvent(await authorizePlatform(), event);
  return { to: '/billing?saved=retried' };
});
/** Has an event of Stripe's worked on once more. */
export async function retryEvent(input: unknown): Promise<FormState<Destination>> {
  return runRetry(input);
}

const runClose = defineAction('close-billing-alert', billingAlertSchema, async ({ alert }) => {
  await resolveBillingAlert(await authorizePlatform(), alert);
  return { to: '/billing?saved=closed' };
});
/** Closes an alert about billing. */
export async function closeBillingAlert(input: unknown): Promise<FormState<Destination>> {
  return runClose(input);
}

const saved = (clinic: string): Destination => ({ to: `/clinics/${clinic}/entitlements?saved=yes` });

const runLimit = defineAction('override-limit', limitOverrideSchema, async (input) => {
  await overrideLimit(await authorizePlatform(), input);
  return saved(input.clinic);
});
/** Grants a limit. */
export async function grantLimit(input: unknown): Promise<FormState<Destination>> {
  return runLimit(input);
}

const runFeature = defineAction('override-feature', featureOverrideSchema, async (input) => {
  await overrideFeature(await authorizePlatform(), input);
  return saved(input.clinic);
});
/** Grants or takes a feature. */
export async function grantFeature(input: unknown): Promise<FormState<Destination>> {
  return runFeature(input);
}

const runEnd = defineAction('end-override', overrideEndSchema, async ({ clinic, key }) => {
  await endOverride(await authorizePlatform(), clinic, key);
  return saved(clinic);
});
/** Lets the plan alone decide again. */
export async function takeBackOverride(input: unknown): Promise<FormState<Destination>> {
  return runEnd(input);
}
