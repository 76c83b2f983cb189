'use server';

import { z } from 'zod';
import { signInSchema } from '@/lib/access/schema';
import * as commands from './commands';
import { platformAction, platformEntranceAction } from './platform-action';
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

/** The first step into the platform. */
export const signInToPlatform = platformEntranceAction('platform-sign-in', signInSchema, async (db, input, facts) => {
  await commands.provePassword(db, input, facts);
  return { to: '/second-factor' };
});

/** The second step into the platform. */
export const enterCode = platformEntranceAction('platform-second-factor', codeSchema, async (db, { code }, facts) => {
  await commands.proveSecondFactor(db, code, facts);
  return { to: '/' };
});

/** Sets a new administrator's password and answers the second factor to enrol. */
export const acceptInvite = platformEntranceAction('platform-welcome', welcomeSchema, commands.beginEnrolment);

/** Proves a new administrator's second factor. */
export const confirmEnrolment = platformEntranceAction('platform-enrolment', enrolmentSchema, async (db, input, facts) => {
  await commands.completeEnrolment(db, input, facts);
  return { to: '/' };
});

/** Ends the administrator's session. */
export const signOutOfPlatform = platformEntranceAction('platform-sign-out', z.unknown(), async (db) => {
  await commands.leavePlatform(db);
  return { to: '/login' };
});

/** Pauses a clinic. */
export const placeHold = platformAction('place-hold', holdSchema, async (scope, { clinic, reason }) => {
  await commands.placeHold(scope, clinic, reason);
  return { to: `/clinics/${clinic}?saved=held` };
});

/** Ends the pause of a clinic. */
export const liftHold = platformAction('lift-hold', holdSchema, async (scope, { clinic, reason }) => {
  await commands.liftHold(scope, clinic, reason);
  return { to: `/clinics/${clinic}?saved=lifted` };
});

/** Has an event of Stripe's worked on once more. */
export const retryEvent = platformAction('retry-stripe-event', eventSchema, async (scope, { event }) => {
  await commands.retryStripeEvent(scope, event);
  return { to: '/billing?saved=retried' };
});

/** Closes an alert about billing. */
export const closeBillingAlert = platformAction('close-billing-alert', billingAlertSchema, async (scope, { alert }) => {
  await commands.resolveBillingAlert(scope, alert);
  return { to: '/billing?saved=closed' };
});

const saved = (clinic: string) => ({ to: `/clinics/${clinic}/entitlements?saved=yes` });

/** Grants a limit. */
export const grantLimit = platformAction('override-limit', limitOverrideSchema, async (scope, input) => {
  await commands.overrideLimit(scope, input);
  return saved(input.clinic);
});

/** Grants or takes a feature. */
export const grantFeature = platformAction('override-feature', featureOverrideSchema, async (scope, input) => {
  await commands.overrideFeature(scope, input);
  return saved(input.clinic);
});

/** Lets the plan alone decide again. */
export const takeBackOverride = platformAction('end-override', overrideEndSchema, async (scope, { clinic, key }) => {
  await commands.endOverride(scope, clinic, key);
  return saved(clinic);
});
